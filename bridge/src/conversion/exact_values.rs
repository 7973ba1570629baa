//! Casts of values without children that are proven by casting back.

use std::fmt;

use datafusion::arrow::array::{make_array, Array, ArrayRef, AsArray};
use datafusion::arrow::compute::kernels::cmp::not_distinct;
use datafusion::arrow::compute::{cast_with_options, CastOptions};
use datafusion::arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::format::DEFAULT_FORMAT_OPTIONS;

use crate::border::error::{code, Error, Result};

/// What cannot be cast becomes null.
const NULL_FOR_MISFITS: CastOptions<'static> =
    CastOptions { safe: true, format_options: DEFAULT_FORMAT_OPTIONS };

/// A value of no more characters is shown whole.
const SHOWN_CHARACTERS: usize = 200;

pub fn cast_or_null(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    Ok(cast_with_options(array, wanted, &NULL_FOR_MISFITS)?)
}

/// The type pair does not fit, whatever the values are.
pub fn unfit_type(path: &str, found: &DataType, wanted: &DataType) -> Error {
    let message =
        format!("Column {path} has the type {wanted} and takes no values of type {found}");
    Error::new(code::SCHEMA_MISMATCH, message)
}

/// The value of a row does not fit.
pub fn unfit_value(
    path: &str,
    array: &dyn Array,
    row: usize,
    wanted: &DataType,
    why: impl fmt::Display,
) -> Error {
    let options = FormatOptions::new().with_null("NULL").with_display_error(true);
    let formatter = ArrayFormatter::try_new(array, &options);
    let mut value = match formatter {
        Ok(formatter) => formatter.value(row).to_string(),
        Err(error) => error.to_string(),
    };
    if let Some((end, _)) = value.char_indices().nth(SHOWN_CHARACTERS) {
        value.truncate(end);
        value.push('…');
    }
    let found = array.data_type();
    let message =
        format!("Column {path} of type {wanted} {why} this value of type {found}: {value}");
    Error::new(code::SCHEMA_MISMATCH, message)
}

/// The first row that has a value before a cast and none after it.
pub fn first_lost(before: &dyn Array, after: &dyn Array) -> Option<usize> {
    if after.logical_null_count() == before.logical_null_count() {
        return None;
    }
    let (before, after) = (before.logical_nulls(), after.logical_nulls()?);
    let is_there = |row: &usize| before.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
    (0..after.len()).filter(|row| after.is_null(*row)).find(is_there)
}

/// The same values in another type, each of which a cast back proves.
pub fn proven(array: &ArrayRef, wanted: &DataType, path: &str) -> Result<ArrayRef> {
    let misfit = |row| unfit_value(path, array, row, wanted, "cannot hold exactly");
    let result = cast_or_null(array, wanted)?;
    if let Some(row) = first_lost(array, &result) {
        return Err(misfit(row));
    }
    if keeps_all(array.data_type(), wanted) {
        return Ok(result);
    }
    let back = cast_or_null(&result, array.data_type())?;
    let same = not_distinct(array, &back)?;
    if same.true_count() == same.len() {
        return Ok(result);
    }
    let is_same = |row: usize| same.value(row) || (is_nan(array, row) && is_nan(&back, row));
    match (0..same.len()).find(|row| !is_same(*row)) {
        Some(row) => Err(misfit(row)),
        None => Ok(result),
    }
}

fn is_nan(array: &ArrayRef, row: usize) -> bool {
    array.is_valid(row)
        && match array.data_type() {
            DataType::Float16 => array.as_primitive::<Float16Type>().value(row).is_nan(),
            DataType::Float32 => array.as_primitive::<Float32Type>().value(row).is_nan(),
            DataType::Float64 => array.as_primitive::<Float64Type>().value(row).is_nan(),
            _ => false,
        }
}

/// Whether a cast that gives a value gives the same one.
fn keeps_all(found: &DataType, wanted: &DataType) -> bool {
    let is_whole = found.is_integer();
    let is_wider_float = matches!(
        (found, wanted),
        (DataType::Float16, DataType::Float32 | DataType::Float64)
            | (DataType::Float32, DataType::Float64)
    );
    (is_whole && (wanted.is_integer() || wanted.is_decimal())) || is_wider_float
}

/// The same bits as another type.
pub fn relabelled(array: &ArrayRef, data_type: DataType) -> Result<ArrayRef> {
    let data = array.to_data().into_builder().data_type(data_type).build()?;
    Ok(make_array(data))
}
