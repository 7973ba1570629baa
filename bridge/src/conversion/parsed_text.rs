//! Values that a text says, as arrow's casts read it; what they would cut is refused.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampNanosecondType};

use crate::border::error::{Error, Result};
use crate::conversion::exact_values::{cast_or_null, first_lost, proven, unfit_type, unfit_value};

/// What a decimal is read as: more digits than any has that is wanted.
const LONG_DECIMAL: DataType = DataType::Decimal256(76, 38);

pub fn parsed(texts: &ArrayRef, wanted: &DataType, path: &str) -> Result<ArrayRef> {
    match wanted {
        DataType::Boolean | DataType::Float32 | DataType::Float64 | DataType::Date32 => {
            read(texts, wanted, path)
        }
        _ if wanted.is_integer() => read(texts, wanted, path),
        _ if wanted.is_decimal() => proven(&read(texts, &LONG_DECIMAL, path)?, wanted, path),
        _ if wanted.is_binary() => Ok(cast(texts, wanted)?),
        DataType::Timestamp(..) => {
            let times = read(texts, wanted, path)?;
            match first_cut(texts, wanted)? {
                Some(row) => Err(misfit(texts, row, wanted, path)),
                None => Ok(times),
            }
        }
        _ => Err(unfit_type(path, texts.data_type(), wanted)),
    }
}

fn misfit(texts: &ArrayRef, row: usize, wanted: &DataType, path: &str) -> Error {
    unfit_value(path, texts, row, wanted, "finds no such value in")
}

fn read(texts: &ArrayRef, wanted: &DataType, path: &str) -> Result<ArrayRef> {
    let values = cast_or_null(texts, wanted)?;
    match first_lost(texts, &values) {
        Some(row) => Err(misfit(texts, row, wanted, path)),
        None => Ok(values),
    }
}

/// The first text that says a time more exactly than to the microsecond. Those beyond the years that
/// nanoseconds can count are none.
fn first_cut(texts: &ArrayRef, wanted: &DataType) -> Result<Option<usize>> {
    let DataType::Timestamp(TimeUnit::Microsecond, zone) = wanted else { return Ok(None) };
    let exact = cast_or_null(texts, &DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))?;
    let exact = exact.as_primitive::<TimestampNanosecondType>();
    let is_cut = |row: &usize| exact.is_valid(*row) && exact.value(*row) % 1000 != 0;
    Ok((0..exact.len()).find(is_cut))
}
