//! Points in time that SQL names, as numbers.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;

fn is_temporal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..)
    )
}

/// Reads a text as SQL would.
pub fn parse_instant(text: &str, zone: &str) -> Result<i64> {
    guard(|| instant(&ScalarValue::from(text), (!zone.is_empty()).then_some(zone)))
}

/// A point in time as microseconds since the Unix epoch. What says no zone is in `zone`.
pub fn instant(value: &ScalarValue, zone: Option<&str>) -> Result<i64> {
    let invalid = || Error::new(code::INVALID_SQL, format!("This is not a point in time: {value}"));
    if !is_temporal(&value.data_type()) || value.is_null() {
        return Err(invalid());
    }
    let value = match value.data_type() {
        DataType::Date32 | DataType::Date64 => {
            value.cast_to(&DataType::Timestamp(TimeUnit::Microsecond, None))
        }
        _ => Ok(value.clone()),
    };
    let zone = zone.unwrap_or("+00:00");
    let kind = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
    match value.and_then(|value| value.cast_to(&kind)) {
        Ok(ScalarValue::TimestampMicrosecond(Some(micros), _)) => Ok(micros),
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_zone_are_in_the_sessions() {
        let text = |text: &str| ScalarValue::Utf8(Some(text.to_string()));
        let hour = 3_600_000_000;
        let micros = |value: &ScalarValue, zone| instant(value, zone).ok();
        assert_eq!(micros(&text("1970-01-01 01:00:00"), None), Some(hour));
        assert_eq!(micros(&text("1970-01-01T01:00:00Z"), Some("+02:00")), Some(hour));
        assert_eq!(micros(&text("1970-01-01 02:00:00"), Some("+02:00")), Some(0));
        assert_eq!(micros(&text("1970-01-02"), None), Some(24 * hour));
        assert_eq!(micros(&ScalarValue::Date32(Some(1)), None), Some(24 * hour));
        assert_eq!(micros(&ScalarValue::TimestampSecond(Some(3600), None), None), Some(hour));
        for bad in [text("soon"), ScalarValue::Int64(Some(3)), ScalarValue::Utf8(None)] {
            assert!(instant(&bad, None).is_err(), "{bad}");
        }
    }
}
