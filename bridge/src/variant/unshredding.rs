//! Variants as files store them, brought into one form.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, BinaryViewArray, ListArray, MapArray, StructArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use parquet_variant_compute::{unshred_variant, VariantArray};

use super::encoding::{check_value, Decoder};
use super::field::{contains_variant, is_variant};
use crate::border::error::{code, Error, Result};
use crate::columnar::conformed_array::conform;

/// The byte that stands for a null inside of a variant.
const VARIANT_NULL: [u8; 1] = [0];

fn corrupt(what: impl std::fmt::Display) -> Error {
    Error::new(code::CORRUPT_DATA, format!("A variant is malformed: {what}"))
}

/// A file's column as `wanted`, the variants in it checked and without shredding.
pub fn restore(column: &ArrayRef, wanted: &Field) -> Result<ArrayRef> {
    if !contains_variant(wanted) {
        return Ok(conform(column, wanted.data_type())?);
    }
    if is_variant(wanted) {
        return unshred(column, wanted.data_type());
    }
    Ok(match wanted.data_type() {
        DataType::Struct(fields) => {
            let column = column.as_struct_opt().ok_or_else(|| mismatch(column, wanted))?;
            let children = fields.iter().map(|field| match column.column_by_name(field.name()) {
                Some(child) => restore(child, field),
                None => Ok(new_null_array(field.data_type(), column.len())),
            });
            let children = children.collect::<Result<Vec<_>>>()?;
            let nulls = column.nulls().cloned();
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                children,
                nulls,
                column.len(),
            )?)
        }
        DataType::List(item) => {
            let column = column.as_list_opt::<i32>().ok_or_else(|| mismatch(column, wanted))?;
            let values = restore(column.values(), item)?;
            let (offsets, nulls) = (column.offsets().clone(), column.nulls().cloned());
            Arc::new(ListArray::try_new(item.clone(), offsets, values, nulls)?)
        }
        DataType::Map(entries, ordered) => {
            let column = column.as_map_opt().ok_or_else(|| mismatch(column, wanted))?;
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(mismatch(column, wanted));
            };
            // What the fields of entries are called is up to the writer.
            let children = fields
                .iter()
                .zip(column.entries().columns())
                .map(|(field, child)| restore(child, field))
                .collect::<Result<Vec<_>>>()?;
            let restored =
                StructArray::try_new(fields.clone(), children, column.entries().nulls().cloned())?;
            let (offsets, nulls) = (column.offsets().clone(), column.nulls().cloned());
            Arc::new(MapArray::try_new(entries.clone(), offsets, restored, nulls, *ordered)?)
        }
        _ => return Err(mismatch(column, wanted)),
    })
}

fn mismatch(column: &dyn Array, wanted: &Field) -> Error {
    let message = format!(
        "Column {} has the type {} in the file, and {} in the table.",
        wanted.name(),
        column.data_type(),
        wanted.data_type()
    );
    Error::new(code::CORRUPT_DATA, message)
}

fn unshred(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    let column = column.as_struct_opt().ok_or_else(|| corrupt("it is no struct"))?;
    let (metadata, value) = match column.column_by_name("typed_value") {
        Some(_) => {
            check_shredded(column, 0)?;
            let column = VariantArray::try_new(column).map_err(corrupt)?;
            let plain = unshred_variant(&column).map_err(corrupt)?;
            (plain.metadata_column().clone(), plain.value_column().clone())
        }
        None => {
            let child = |name| {
                column.column_by_name(name).cloned().ok_or_else(|| corrupt("a part is lacking"))
            };
            (child("metadata")?, child("value")?)
        }
    };
    store(&metadata, &value, column.nulls(), wanted)
}

/// Checks the values beside the shredded ones, before they are decoded.
fn check_shredded(column: &StructArray, depth: usize) -> Result<()> {
    if depth > super::encoding::DEPTH_LIMIT {
        return Err(corrupt("it is shredded too deep"));
    }
    if let Some(value) = column.column_by_name("value") {
        let value = binary_view(value)?;
        for value in value.iter().flatten() {
            check_value(value)?;
        }
    }
    match column.column_by_name("typed_value") {
        Some(typed) => check_typed(typed, depth),
        None => Ok(()),
    }
}

fn check_typed(typed: &ArrayRef, depth: usize) -> Result<()> {
    if let Some(fields) = typed.as_struct_opt() {
        for field in fields.columns().iter().filter_map(|field| field.as_struct_opt()) {
            check_shredded(field, depth + 1)?;
        }
    } else if let Some(element) =
        typed.as_list_opt::<i32>().and_then(|list| list.values().as_struct_opt())
    {
        check_shredded(element, depth + 1)?;
    }
    Ok(())
}

fn binary_view(column: &ArrayRef) -> Result<BinaryViewArray> {
    match column.data_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            Ok(cast(column, &DataType::BinaryView)?.as_binary_view().clone())
        }
        other => Err(corrupt(format!("a part of it has the type {other}"))),
    }
}

/// Checks each variant, and puts metadata and values into a column of type `wanted`.
fn store(
    metadata: &ArrayRef,
    value: &ArrayRef,
    nulls: Option<&NullBuffer>,
    wanted: &DataType,
) -> Result<ArrayRef> {
    let (metadata, mut value) = (binary_view(metadata)?, binary_view(value)?);
    let is_valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    if (0..value.len()).any(|row| is_valid(row) && value.is_null(row)) {
        // Neither a value nor a typed one: the specification wants a null of the variant.
        value = value.iter().map(|value| Some(value.unwrap_or(&VARIANT_NULL))).collect();
    }
    let mut decoder = Decoder::default();
    for row in (0..value.len()).filter(|row| is_valid(*row)) {
        if metadata.is_null(row) {
            return Err(corrupt("it has no metadata"));
        }
        decoder.decode(metadata.value(row), value.value(row))?;
    }
    to_storage(&metadata, &value, nulls, wanted)
}

/// The struct of type `wanted`, whose parts may be of any binary type.
pub fn to_storage(
    metadata: &BinaryViewArray,
    value: &BinaryViewArray,
    nulls: Option<&NullBuffer>,
    wanted: &DataType,
) -> Result<ArrayRef> {
    let DataType::Struct(fields) = wanted else {
        return Err(Error::new(code::INTERNAL, "A variant is not stored as a struct."));
    };
    let parts = fields.iter().map(|field| {
        let part: &dyn Array = if field.name() == "metadata" { metadata } else { value };
        Ok(cast(part, field.data_type())?)
    });
    let parts = parts.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(Fields::clone(fields), parts, nulls.cloned())?))
}
