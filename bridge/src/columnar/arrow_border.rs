//! Arrow data across the border, by the Arrow C interfaces.

use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch, StructArray};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::ffi::{from_ffi, FFI_ArrowArray, FFI_ArrowSchema};
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;

use crate::border::error::{code, Error, Result};
use crate::columnar::imported_array::{imported_struct, ImportedStream};
use crate::ffi::bridge::{ArrowArray, ArrowArrayStream, ArrowSchema};

/// Takes over a schema and leaves it released.
///
/// # Safety
/// `schema` points to a valid `ArrowSchema`; the same goes for the pointers below.
pub unsafe fn import_schema(schema: *mut ArrowSchema) -> Result<SchemaRef> {
    let schema = FFI_ArrowSchema::from_raw(schema.cast());
    Ok(Arc::new(Schema::try_from(&schema)?))
}

pub unsafe fn export_schema(schema: &Schema, out: *mut ArrowSchema) -> Result<()> {
    let schema = FFI_ArrowSchema::try_from(schema)?;
    std::ptr::write(out.cast(), schema);
    Ok(())
}

/// Takes over a schema and a struct array of that type. Buffers that come from elsewhere may be
/// misaligned for Rust; those are copied.
pub unsafe fn import_batch(
    schema: *mut ArrowSchema,
    array: *mut ArrowArray,
) -> Result<RecordBatch> {
    let schema = FFI_ArrowSchema::from_raw(schema.cast());
    let array = FFI_ArrowArray::from_raw(array.cast());
    let mut data = from_ffi(array, &schema)?;
    data.align_buffers();
    let columns = imported_struct(&data, "")?;
    if columns.null_count() > 0 {
        return Err(Error::new(code::INVALID_ARGUMENT, "A record batch cannot have null rows."));
    }
    let schema = Arc::new(Schema::try_from(&schema)?);
    let options =
        datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(columns.len()));
    let (_, arrays, _) = columns.into_parts();
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}

/// Writes a batch as a schema and a struct array of it.
pub unsafe fn export_batch(
    batch: RecordBatch,
    schema_out: *mut ArrowSchema,
    out: *mut ArrowArray,
) -> Result<()> {
    export_schema(batch.schema().as_ref(), schema_out)?;
    let array = FFI_ArrowArray::new(&StructArray::from(batch).to_data());
    std::ptr::write(out.cast(), array);
    Ok(())
}

/// Takes over a stream and leaves it released.
pub unsafe fn import_stream(stream: *mut ArrowArrayStream) -> Result<ImportedStream> {
    Ok(ImportedStream::try_new(FFI_ArrowArrayStream::from_raw(stream.cast()))?)
}
