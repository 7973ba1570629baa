//! `ColumnStatistics` from arrays: a value for each file, or one for all of them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray};
use datafusion::arrow::compute::{cast, sum_checked};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::stats::Precision;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions_aggregate::min_max::{MaxAccumulator, MinAccumulator};
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;

use crate::border::error::Result;

/// Statistics of one column of the files; what is absent is unknown.
#[derive(Debug, Default)]
pub struct ColumnBounds {
    pub null_count: Option<Int64Array>,
    pub min: Option<ArrayRef>,
    pub max: Option<ArrayRef>,
    pub exact: Option<BooleanArray>,
}

pub fn int64(array: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

pub fn text(array: &ArrayRef) -> Result<StringArray> {
    Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// Bounds in the column's type; those that have none in it are unknown.
pub fn bounds(array: Option<ArrayRef>, wanted: &DataType) -> Option<ArrayRef> {
    let array = array?;
    if array.data_type() == wanted {
        return Some(array);
    }
    cast(&array, wanted).ok()
}

pub fn count_at(counts: Option<&Int64Array>, row: usize) -> Precision<usize> {
    counts
        .filter(|counts| counts.is_valid(row))
        .and_then(|counts| usize::try_from(counts.value(row)).ok())
        .map_or(Precision::Absent, Precision::Exact)
}

/// A value in the type of the column, which may be a dictionary of its own type.
pub fn scalar(value: ScalarValue, wanted: &DataType) -> DataFusionResult<ScalarValue> {
    match wanted {
        _ if value.data_type() == *wanted => Ok(value),
        DataType::Dictionary(key, of) => {
            Ok(ScalarValue::Dictionary(key.clone(), Box::new(value.cast_to(of)?)))
        }
        _ => value.cast_to(wanted),
    }
}

pub fn value_at(
    values: Option<&ArrayRef>,
    row: usize,
    wanted: &DataType,
) -> Result<Precision<ScalarValue>> {
    match values {
        Some(values) if values.is_valid(row) => {
            Ok(Precision::Exact(scalar(ScalarValue::try_from_array(values, row)?, wanted)?))
        }
        _ => Ok(Precision::Absent),
    }
}

/// Bounds of a file that differ, since a column whose bounds are equal would be taken for constant.
pub fn apart(
    min: Precision<ScalarValue>,
    max: Precision<ScalarValue>,
) -> (Precision<ScalarValue>, Precision<ScalarValue>) {
    let are_equal = min == max;
    match max {
        Precision::Exact(value) if are_equal => {
            let max = above(&value).map_or(Precision::Inexact(value), Precision::Exact);
            (min, max)
        }
        max => (min, max),
    }
}

/// A value that is greater, though hardly; nothing where there is none, or the type has none that is
/// found in this way.
pub fn above(value: &ScalarValue) -> Option<ScalarValue> {
    let longer = |text: &Option<String>| text.as_ref().map(|text| format!("{text}\0"));
    Some(match value {
        ScalarValue::Boolean(Some(false)) => ScalarValue::Boolean(Some(true)),
        ScalarValue::Int8(Some(value)) => ScalarValue::Int8(Some(value.checked_add(1)?)),
        ScalarValue::Int16(Some(value)) => ScalarValue::Int16(Some(value.checked_add(1)?)),
        ScalarValue::Int32(Some(value)) => ScalarValue::Int32(Some(value.checked_add(1)?)),
        ScalarValue::Int64(Some(value)) => ScalarValue::Int64(Some(value.checked_add(1)?)),
        ScalarValue::Date32(Some(value)) => ScalarValue::Date32(Some(value.checked_add(1)?)),
        ScalarValue::TimestampMicrosecond(Some(value), zone) => {
            ScalarValue::TimestampMicrosecond(Some(value.checked_add(1)?), zone.clone())
        }
        ScalarValue::TimestampNanosecond(Some(value), zone) => {
            ScalarValue::TimestampNanosecond(Some(value.checked_add(1)?), zone.clone())
        }
        ScalarValue::Decimal128(Some(value), precision, scale) => {
            ScalarValue::Decimal128(Some(value.checked_add(1)?), *precision, *scale)
        }
        ScalarValue::Utf8(text) => ScalarValue::Utf8(Some(longer(text)?)),
        ScalarValue::LargeUtf8(text) => ScalarValue::LargeUtf8(Some(longer(text)?)),
        ScalarValue::Utf8View(text) => ScalarValue::Utf8View(Some(longer(text)?)),
        _ => return None,
    })
}

/// The sum, where all are known and it is a number of rows.
pub fn total(counts: Option<&Int64Array>) -> Precision<usize> {
    let Some(counts) = counts.filter(|counts| counts.null_count() == 0) else {
        return Precision::Absent;
    };
    if counts.values().iter().any(|count| *count < 0) {
        return Precision::Absent;
    }
    let sum = sum_checked(counts).map(Option::unwrap_or_default);
    let sum = sum.ok().and_then(|sum| usize::try_from(sum).ok());
    sum.map_or(Precision::Absent, Precision::Exact)
}

pub fn minimum(values: &ArrayRef) -> DataFusionResult<ScalarValue> {
    let mut least = MinAccumulator::try_new(values.data_type())?;
    least.update_batch(std::slice::from_ref(values))?;
    least.evaluate()
}

pub fn maximum(values: &ArrayRef) -> DataFusionResult<ScalarValue> {
    let mut greatest = MaxAccumulator::try_new(values.data_type())?;
    greatest.update_batch(std::slice::from_ref(values))?;
    greatest.evaluate()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs() -> Vec<(ScalarValue, Option<ScalarValue>)> {
        let text = |text: &str| Some(text.to_string());
        vec![
            (ScalarValue::from(7i8), Some(ScalarValue::from(8i8))),
            (ScalarValue::from(7i16), Some(ScalarValue::from(8i16))),
            (ScalarValue::from(-1i32), Some(ScalarValue::from(0i32))),
            (ScalarValue::from(7i64), Some(ScalarValue::from(8i64))),
            (ScalarValue::from(i64::MAX), None),
            (ScalarValue::from(false), Some(ScalarValue::from(true))),
            (ScalarValue::from(true), None),
            (ScalarValue::Date32(Some(3)), Some(ScalarValue::Date32(Some(4)))),
            (
                ScalarValue::Decimal128(Some(999), 3, 1),
                Some(ScalarValue::Decimal128(Some(1000), 3, 1)),
            ),
            (ScalarValue::Utf8(text("")), Some(ScalarValue::Utf8(text("\0")))),
            (
                ScalarValue::Utf8View(text("\u{10ffff}")),
                Some(ScalarValue::Utf8View(text("\u{10ffff}\0"))),
            ),
            (ScalarValue::from(1.5f64), None),
        ]
    }

    #[test]
    fn equal_bounds_are_moved_apart() {
        for (value, greater) in pairs() {
            if let Some(greater) = &greater {
                assert!(*greater > value, "{value}");
            }
            let (min, max) =
                apart(Precision::Exact(value.clone()), Precision::Exact(value.clone()));
            assert_eq!(min, Precision::Exact(value.clone()));
            assert_eq!(max, greater.map_or(Precision::Inexact(value), Precision::Exact));
        }
    }

    #[test]
    fn other_bounds_stay() {
        let exact = |value: i64| Precision::Exact(ScalarValue::from(value));
        for bounds in [
            (exact(1), exact(2)),
            (exact(1), exact(1).to_inexact()),
            (exact(1), Precision::Absent),
            (Precision::Absent, Precision::Absent),
        ] {
            assert_eq!(apart(bounds.0.clone(), bounds.1.clone()), bounds);
        }
    }
}
