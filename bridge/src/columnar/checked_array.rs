//! What arrays of others must be, as kernels and files rely on it: offsets that ascend, texts of UTF-8,
//! decimals of no more digits than their type has, no null where the schema says that there is none. A slice
//! is checked alone, not the whole buffers that it is part of.

use std::str::from_utf8;

use datafusion::arrow::array::{
    make_array, Array, AsArray, GenericListArray, GenericStringArray, OffsetSizeTrait,
};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Decimal256Type, Decimal32Type, Decimal64Type, Field,
};
use datafusion::arrow::error::ArrowError;

use crate::border::error::{code, Error, Result};

/// How errors call what a column nests.
pub fn inside(path: &str, name: &str) -> String {
    match path.is_empty() {
        true => name.to_string(),
        false => format!("{path}.{name}"),
    }
}

pub fn malformed(path: &str, what: impl std::fmt::Display) -> Error {
    let message = match path.is_empty() {
        true => format!("Arrow data are malformed: {what}"),
        false => format!("The Arrow data of the column {path} are malformed: {what}"),
    };
    Error::new(code::INVALID_ARGUMENT, message)
}

pub fn check(field: &Field, array: &dyn Array, path: &str) -> Result<()> {
    if !field.is_nullable() && array.logical_null_count() > 0 {
        return Err(malformed(path, "there is a null, where the schema says that there is none"));
    }
    check_values(array, path)
}

fn check_values(array: &dyn Array, path: &str) -> Result<()> {
    let decimals = |result: Result<(), ArrowError>| {
        result.map_err(|error| Error::new(code::SCHEMA_MISMATCH, format!("Column {path}: {error}")))
    };
    match array.data_type() {
        DataType::Utf8 => check_texts::<i32>(array.as_string(), path),
        DataType::LargeUtf8 => check_texts::<i64>(array.as_string(), path),
        DataType::Decimal32(precision, _) => {
            decimals(array.as_primitive::<Decimal32Type>().validate_decimal_precision(*precision))
        }
        DataType::Decimal64(precision, _) => {
            decimals(array.as_primitive::<Decimal64Type>().validate_decimal_precision(*precision))
        }
        DataType::Decimal128(precision, _) => {
            decimals(array.as_primitive::<Decimal128Type>().validate_decimal_precision(*precision))
        }
        DataType::Decimal256(precision, _) => {
            decimals(array.as_primitive::<Decimal256Type>().validate_decimal_precision(*precision))
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns().iter();
            fields
                .iter()
                .zip(columns)
                .try_for_each(|(field, column)| check_values(column, &inside(path, field.name())))
        }
        DataType::List(_) => check_list(array.as_list::<i32>(), path),
        DataType::LargeList(_) => check_list(array.as_list::<i64>(), path),
        DataType::Map(..) => {
            let map = array.as_map();
            let offsets = map.offsets();
            let (begin, end) = (offsets[0] as usize, offsets[map.len()] as usize);
            let count = end - begin;
            let (keys, values) = (map.keys().slice(begin, count), map.values().slice(begin, count));
            if keys.logical_null_count() > 0 {
                return Err(malformed(path, "a key of a map is null"));
            }
            check_values(&keys, &inside(path, "key"))?;
            check_values(&values, &inside(path, "value"))
        }
        DataType::FixedSizeList(..) => {
            check_values(array.as_fixed_size_list().values(), &inside(path, "element"))
        }
        DataType::ListView(_) => {
            check_values(array.as_list_view::<i32>().values(), &inside(path, "element"))
        }
        DataType::LargeListView(_) => {
            check_values(array.as_list_view::<i64>().values(), &inside(path, "element"))
        }
        DataType::Dictionary(..) => check_values(array.as_any_dictionary().values(), path),
        DataType::RunEndEncoded(..) => match array.to_data().child_data() {
            [_, values] => check_values(&make_array(values.clone()), path),
            _ => Err(malformed(path, "runs have no values")),
        },
        _ => Ok(()),
    }
}

fn check_list<O: OffsetSizeTrait>(list: &GenericListArray<O>, path: &str) -> Result<()> {
    let offsets = list.offsets();
    let (begin, end) = (offsets[0].as_usize(), offsets[list.len()].as_usize());
    check_values(&list.values().slice(begin, end - begin), &inside(path, "element"))
}

fn check_texts<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, path: &str) -> Result<()> {
    let (offsets, bytes) = (texts.value_offsets(), texts.value_data());
    let is_ascending = offsets.windows(2).all(|ends| ends[0] <= ends[1]);
    let (begin, end) = match (offsets.first(), offsets.last()) {
        (Some(first), Some(last)) => (first.to_usize(), last.to_usize()),
        _ => (Some(0), Some(0)),
    };
    let shown = match (begin, end) {
        (Some(begin), Some(end)) if is_ascending => bytes.get(begin..end),
        _ => None,
    };
    let (Some(begin), Some(shown)) = (begin, shown) else {
        return Err(malformed(path, "an offset of a text leads out of the bytes"));
    };
    if shown.is_ascii() {
        return Ok(());
    }
    let ends = offsets.iter().map(|end| end.as_usize());
    if from_utf8(shown).is_ok_and(|text| ends.clone().all(|end| text.is_char_boundary(end - begin)))
    {
        return Ok(());
    }
    // What a null hides may be anything.
    let broken = (0..texts.len()).filter(|row| texts.is_valid(*row)).find(|row| {
        let (begin, end) = (offsets[*row].as_usize(), offsets[row + 1].as_usize());
        from_utf8(&bytes[begin..end]).is_err()
    });
    match broken {
        Some(row) => Err(malformed(path, format!("the text of row {row} is no UTF-8"))),
        None => Ok(()),
    }
}
