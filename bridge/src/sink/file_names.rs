//! Names of new files, which C++ gives.

use datafusion::arrow::array::{Array, RecordBatch, StructArray};
use datafusion::arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema};

use crate::border::error::Result;
use crate::ffi::bridge::{ArrowArray, ArrowSchema, FileNamer};

/// A name for a file of the partition, whose values are a batch of one row.
pub fn name_file(namer: &FileNamer, partition: &RecordBatch) -> Result<String> {
    let mut schema = FFI_ArrowSchema::try_from(partition.schema().as_ref())?;
    let mut row = FFI_ArrowArray::new(&StructArray::from(partition.clone()).to_data());
    let schema_out: *mut ArrowSchema = std::ptr::from_mut(&mut schema).cast();
    let row_out: *mut ArrowArray = std::ptr::from_mut(&mut row).cast();
    // C++ takes both over and leaves them released.
    Ok(unsafe { namer.name_file(schema_out, row_out) }?)
}
