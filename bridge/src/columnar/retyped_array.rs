//! Arrays under the names and the nullability of another type of the same shape. No value is copied or changed.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray, UInt64Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};

use crate::border::error::{code, Error, Result};

/// Whether both differ in no more than the names, the nullability and the metadata of what they nest.
pub fn is_same_shape(one: &DataType, other: &DataType) -> bool {
    match (one, other) {
        (DataType::Struct(one), DataType::Struct(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same_field(one, other))
        }
        (DataType::List(one), DataType::List(other))
        | (DataType::LargeList(one), DataType::LargeList(other)) => is_same_field(one, other),
        (DataType::Map(one, _), DataType::Map(other, _)) => is_same_field(one, other),
        _ => one == other,
    }
}

fn is_same_field(one: &Field, other: &Field) -> bool {
    is_same_shape(one.data_type(), other.data_type())
}

/// The type in which all that is nested may be null; keys of maps cannot.
pub fn relaxed(data_type: &DataType) -> DataType {
    let inside = |field: &FieldRef| {
        let kind = relaxed(field.data_type());
        Arc::new(field.as_ref().clone().with_data_type(kind).with_nullable(true))
    };
    match data_type {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::List(element) => DataType::List(inside(element)),
        DataType::LargeList(element) => DataType::LargeList(inside(element)),
        DataType::Map(entries, sorted) => {
            let DataType::Struct(parts) = entries.data_type() else { return data_type.clone() };
            let parts = parts.iter().enumerate().map(|(index, part)| match index {
                0 => {
                    let kind = relaxed(part.data_type());
                    Arc::new(part.as_ref().clone().with_data_type(kind).with_nullable(false))
                }
                _ => inside(part),
            });
            let parts = DataType::Struct(parts.collect());
            let entries = entries.as_ref().clone().with_data_type(parts).with_nullable(false);
            DataType::Map(Arc::new(entries), *sorted)
        }
        other => other.clone(),
    }
}

/// The same values as `wanted`, a type of the same shape. Where that says that nothing is null, nothing is.
pub fn retype(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    match (array.data_type(), wanted) {
        (found, wanted) if found == wanted => Ok(Arc::clone(array)),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let found = array.as_struct();
            Ok(Arc::new(retyped_struct(found, fields)?))
        }
        (DataType::List(_), DataType::List(element)) => retyped_list::<i32>(array, element),
        (DataType::LargeList(_), DataType::LargeList(element)) => {
            retyped_list::<i64>(array, element)
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(unlike(array, wanted));
            };
            let found = array.as_map();
            let content = retyped_struct(found.entries(), fields)?;
            let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
            Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, content, nulls, *sorted)?))
        }
        _ => Err(unlike(array, wanted)),
    }
}

fn unlike(array: &ArrayRef, wanted: &DataType) -> Error {
    let message = format!("An array has the type {}, and not {wanted}", array.data_type());
    Error::new(code::INTERNAL, message)
}

fn retyped_struct(found: &StructArray, fields: &Fields) -> Result<StructArray> {
    if found.num_columns() != fields.len() {
        return Err(Error::new(code::INTERNAL, "Structs differ in the number of their fields."));
    }
    let columns = found.columns().iter().zip(fields);
    let columns = columns
        .map(|(column, field)| retype(column, field.data_type()))
        .collect::<Result<Vec<_>>>()?;
    let (nulls, len) = (found.nulls().cloned(), found.len());
    Ok(StructArray::try_new_with_length(fields.clone(), columns, nulls, len)?)
}

fn retyped_list<O: OffsetSizeTrait>(array: &ArrayRef, element: &FieldRef) -> Result<ArrayRef> {
    let found = array.as_list::<O>();
    if !element.is_nullable() && found.values().logical_null_count() > 0 {
        // Nulls that no list holds, which would be refused here.
        let compact = without_unused(array)?;
        return retyped_values::<O>(compact.as_list::<O>(), element);
    }
    retyped_values::<O>(found, element)
}

fn retyped_values<O: OffsetSizeTrait>(
    found: &GenericListArray<O>,
    element: &FieldRef,
) -> Result<ArrayRef> {
    let values = retype(found.values(), element.data_type())?;
    let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
    Ok(Arc::new(GenericListArray::<O>::try_new(Arc::clone(element), offsets, values, nulls)?))
}

/// The same lists over no more values than they hold.
pub fn without_unused(lists: &ArrayRef) -> Result<ArrayRef> {
    let rows = UInt64Array::from_iter_values(0..lists.len() as u64);
    Ok(take(lists, &rows, None)?)
}
