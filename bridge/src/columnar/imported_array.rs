//! Arrays of the Arrow C data interface. A struct there begins at an offset that counts in all of its
//! children; arrow applies it twice to structs in structs, and panics.

use std::sync::Arc;

use datafusion::arrow::array::{
    make_array, Array, ArrayData, ArrayRef, AsArray, FixedSizeListArray, GenericListArray,
    MapArray, OffsetSizeTrait, RecordBatch, RecordBatchOptions, RecordBatchReader, StructArray,
};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ffi::{from_ffi_and_data_type, FFI_ArrowArray, FFI_ArrowSchema};
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;

/// The array that data which came over the C interface are.
pub fn imported(data: &ArrayData) -> Result<ArrayRef, ArrowError> {
    match data.data_type() {
        DataType::Struct(_) => Ok(Arc::new(imported_struct(data)?)),
        DataType::List(element) => imported_list::<i32>(data, element),
        DataType::LargeList(element) => imported_list::<i64>(data, element),
        DataType::Map(entries, is_sorted) => {
            let content = imported_child(data)?;
            let content = content.as_struct().clone();
            let offsets = offsets::<i32>(data);
            let nulls = data.nulls().cloned();
            let map = MapArray::try_new(Arc::clone(entries), offsets, content, nulls, *is_sorted)?;
            Ok(Arc::new(map))
        }
        DataType::FixedSizeList(element, size) => {
            let width = usize::try_from(*size).unwrap_or(0);
            let values = imported_child(data)?.slice(data.offset() * width, data.len() * width);
            let nulls = data.nulls().cloned();
            let list = FixedSizeListArray::try_new(Arc::clone(element), *size, values, nulls)?;
            Ok(Arc::new(list))
        }
        _ => Ok(make_array(data.clone())),
    }
}

pub fn imported_struct(data: &ArrayData) -> Result<StructArray, ArrowError> {
    let DataType::Struct(fields) = data.data_type() else {
        return Err(ArrowError::CDataInterface("An array is no struct.".to_string()));
    };
    let columns = data.child_data().iter().map(|child| {
        let child = imported(child)?;
        if child.len() < data.offset() + data.len() {
            let message = "A struct is longer than what it is made of.".to_string();
            return Err(ArrowError::CDataInterface(message));
        }
        Ok(child.slice(data.offset(), data.len()))
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let nulls = data.nulls().cloned();
    if columns.is_empty() {
        return Ok(StructArray::new_empty_fields(data.len(), nulls));
    }
    // SAFETY: The columns have the types of the fields, which they were made of, and one length. Whether
    // they hold nulls where the fields have none is for those to know who asked for the data.
    Ok(unsafe { StructArray::new_unchecked(fields.clone(), columns, nulls) })
}

fn imported_child(data: &ArrayData) -> Result<ArrayRef, ArrowError> {
    match data.child_data() {
        [child] => imported(child),
        _ => Err(ArrowError::CDataInterface("A list has not one child.".to_string())),
    }
}

fn offsets<O: OffsetSizeTrait>(data: &ArrayData) -> OffsetBuffer<O> {
    match data.buffers() {
        [buffer, ..] if !buffer.is_empty() => {
            OffsetBuffer::new(ScalarBuffer::new(buffer.clone(), data.offset(), data.len() + 1))
        }
        _ => OffsetBuffer::new_empty(),
    }
}

fn imported_list<O: OffsetSizeTrait>(
    data: &ArrayData,
    element: &FieldRef,
) -> Result<ArrayRef, ArrowError> {
    let values = imported_child(data)?;
    let nulls = data.nulls().cloned();
    let list = GenericListArray::<O>::try_new(Arc::clone(element), offsets(data), values, nulls)?;
    Ok(Arc::new(list))
}

/// The batches of a stream of the C interface.
pub struct ImportedStream {
    stream: FFI_ArrowArrayStream,
    schema: SchemaRef,
}

// SAFETY: A stream may be read from any thread, by one at a time.
unsafe impl Send for ImportedStream {}

impl ImportedStream {
    pub fn try_new(stream: FFI_ArrowArrayStream) -> Result<Self, ArrowError> {
        let mut reader = Self { stream, schema: Arc::new(Schema::empty()) };
        let Some(get_schema) = reader.stream.get_schema else {
            return Err(ArrowError::CDataInterface("A stream is at its end.".to_string()));
        };
        let mut schema = FFI_ArrowSchema::empty();
        // SAFETY: The stream is valid, and the schema is released.
        if unsafe { get_schema(&mut reader.stream, &mut schema) } != 0 {
            return Err(reader.failure());
        }
        reader.schema = Arc::new(Schema::try_from(&schema)?);
        Ok(reader)
    }

    fn batch(&self, array: FFI_ArrowArray) -> Result<RecordBatch, ArrowError> {
        let kind = DataType::Struct(self.schema.fields().clone());
        // SAFETY: The array is of the stream, whose schema says its type.
        let mut data = unsafe { from_ffi_and_data_type(array, kind) }?;
        data.align_buffers();
        let rows = imported_struct(&data)?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let (_, columns, _) = rows.into_parts();
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    fn failure(&mut self) -> ArrowError {
        let text = self.stream.get_last_error.and_then(|last_error| {
            // SAFETY: The stream is valid, and so is the text until it is asked again.
            let text = unsafe { last_error(&mut self.stream) };
            (!text.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(text) })
        });
        let text = text.map(|text| text.to_string_lossy().to_string());
        ArrowError::CDataInterface(text.unwrap_or_else(|| "A stream failed.".to_string()))
    }
}

impl Iterator for ImportedStream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut array = FFI_ArrowArray::empty();
        let get_next = self.stream.get_next?;
        // SAFETY: The stream is valid, and the array is released.
        let code = unsafe { get_next(&mut self.stream, &mut array) };
        if code != 0 {
            return Some(Err(self.failure()));
        }
        (!array.is_released()).then(|| self.batch(array))
    }
}

impl RecordBatchReader for ImportedStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
