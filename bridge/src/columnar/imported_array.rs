//! Arrays of the Arrow C data interface. A struct there begins at an offset that counts in all of its
//! children; arrow applies it twice to structs in structs, and panics, as it does where lists, keys or runs lead
//! beyond their values.

use std::sync::Arc;

use datafusion::arrow::array::{
    make_array, Array, ArrayData, ArrayRef, AsArray, FixedSizeListArray, GenericListArray,
    GenericListViewArray, MapArray, OffsetSizeTrait, RecordBatch, RecordBatchOptions,
    RecordBatchReader, StructArray,
};
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ffi::{from_ffi_and_data_type, FFI_ArrowArray, FFI_ArrowSchema};
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;

use crate::border::error::Result;
use crate::columnar::checked_array::{check, inside, malformed};

/// The array that data which came over the C interface are. `path` is how errors call it.
fn imported(data: &ArrayData, path: &str) -> Result<ArrayRef> {
    let of_path = |error: ArrowError| malformed(path, error);
    let array: ArrayRef = match data.data_type() {
        DataType::Struct(_) => Arc::new(imported_struct(data, path)?),
        DataType::List(element) => Arc::new(imported_list::<i32>(data, element, path)?),
        DataType::LargeList(element) => Arc::new(imported_list::<i64>(data, element, path)?),
        DataType::ListView(element) => Arc::new(imported_view::<i32>(data, element, path)?),
        DataType::LargeListView(element) => Arc::new(imported_view::<i64>(data, element, path)?),
        DataType::Map(entries, is_sorted) => {
            let content = imported_child(data, path)?;
            let content = content.as_struct().clone();
            let offsets = offsets::<i32>(data).map_err(of_path)?;
            let nulls = data.nulls().cloned();
            let map = MapArray::try_new(Arc::clone(entries), offsets, content, nulls, *is_sorted);
            Arc::new(map.map_err(of_path)?)
        }
        DataType::FixedSizeList(element, size) => {
            let width = usize::try_from(*size).unwrap_or(0);
            let values = imported_child(data, &inside(path, "element"))?;
            let (begin, count) = (data.offset() * width, data.len() * width);
            let values = part(&values, begin, count).map_err(of_path)?;
            let nulls = data.nulls().cloned();
            let list = FixedSizeListArray::try_new(Arc::clone(element), *size, values, nulls);
            Arc::new(list.map_err(of_path)?)
        }
        // Its bytes may be those of many slices: whoever does not trust them looks at this one's.
        DataType::Utf8 | DataType::LargeUtf8 => make_array(data.clone()),
        _ => {
            data.validate_values().map_err(of_path)?;
            make_array(data.clone())
        }
    };
    Ok(array)
}

pub fn imported_struct(data: &ArrayData, path: &str) -> Result<StructArray> {
    let of_path = |error: ArrowError| malformed(path, error);
    let DataType::Struct(fields) = data.data_type() else {
        return Err(of_path(ArrowError::CDataInterface("an array is not a struct".to_string())));
    };
    let columns = data.child_data().iter().zip(fields).map(|(child, field)| {
        let child = imported(child, &inside(path, field.name()))?;
        part(&child, data.offset(), data.len()).map_err(of_path)
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let nulls = data.nulls().cloned();
    if columns.is_empty() {
        return Ok(StructArray::new_empty_fields(data.len(), nulls));
    }
    // SAFETY: The columns have the types of the fields, which they were made of, and one length. Whether
    // they hold nulls where the fields have none is for those to know who asked for the data.
    Ok(unsafe { StructArray::new_unchecked(fields.clone(), columns, nulls) })
}

/// A slice that may not be there.
fn part(array: &ArrayRef, begin: usize, count: usize) -> Result<ArrayRef, ArrowError> {
    match begin.checked_add(count).is_some_and(|end| end <= array.len()) {
        true => Ok(array.slice(begin, count)),
        false => {
            let message = "an array is longer than what it is made of".to_string();
            Err(ArrowError::CDataInterface(message))
        }
    }
}

/// The one array that a list or a map consists of.
fn imported_child(data: &ArrayData, path: &str) -> Result<ArrayRef> {
    match data.child_data() {
        [child] => imported(child, path),
        _ => {
            let message = "a list does not have one child".to_string();
            Err(malformed(path, ArrowError::CDataInterface(message)))
        }
    }
}

fn offsets<O: OffsetSizeTrait>(data: &ArrayData) -> Result<OffsetBuffer<O>, ArrowError> {
    let [buffer, ..] = data.buffers() else { return Ok(OffsetBuffer::new_empty()) };
    if buffer.is_empty() {
        return Ok(OffsetBuffer::new_empty());
    }
    let offsets = ScalarBuffer::<O>::new(buffer.clone(), data.offset(), data.len() + 1);
    let is_sound = offsets[0] >= O::default() && offsets.windows(2).all(|ends| ends[0] <= ends[1]);
    match is_sound {
        true => Ok(OffsetBuffer::new(offsets)),
        false => {
            let message = "the offsets of a list do not ascend from 0 on".to_string();
            Err(ArrowError::CDataInterface(message))
        }
    }
}

fn imported_list<O: OffsetSizeTrait>(
    data: &ArrayData,
    element: &FieldRef,
    path: &str,
) -> Result<GenericListArray<O>> {
    let of_path = |error: ArrowError| malformed(path, error);
    let values = imported_child(data, &inside(path, "element"))?;
    let offsets = offsets(data).map_err(of_path)?;
    let nulls = data.nulls().cloned();
    GenericListArray::try_new(Arc::clone(element), offsets, values, nulls).map_err(of_path)
}

fn imported_view<O: OffsetSizeTrait>(
    data: &ArrayData,
    element: &FieldRef,
    path: &str,
) -> Result<GenericListViewArray<O>> {
    let of_path = |error: ArrowError| malformed(path, error);
    let values = imported_child(data, &inside(path, "element"))?;
    let [offsets, sizes] = data.buffers() else {
        let message = "a list view does not have two buffers".to_string();
        return Err(of_path(ArrowError::CDataInterface(message)));
    };
    let numbers =
        |buffer: &_| ScalarBuffer::<O>::new(Clone::clone(buffer), data.offset(), data.len());
    let (offsets, sizes) = (numbers(offsets), numbers(sizes));
    let nulls = data.nulls().cloned();
    GenericListViewArray::try_new(Arc::clone(element), offsets, sizes, values, nulls)
        .map_err(of_path)
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

    fn batch(&self, array: FFI_ArrowArray) -> Result<RecordBatch> {
        let kind = DataType::Struct(self.schema.fields().clone());
        // SAFETY: The array is of the stream, whose schema says its type.
        let mut data = unsafe { from_ffi_and_data_type(array, kind) }?;
        data.align_buffers();
        let rows = imported_struct(&data, "")?;
        for (field, column) in self.schema.fields().iter().zip(rows.columns()) {
            check(field, column, field.name())?;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let (_, columns, _) = rows.into_parts();
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
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
        (!array.is_released()).then(|| self.batch(array).map_err(ArrowError::from))
    }
}

impl RecordBatchReader for ImportedStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
