//! Arrays of a file in the types of a table, nested ones at every depth.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, ListArray, MapArray, StructArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::compute::{cast_with_options, CastOptions};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampNanosecondType};
use datafusion::common::format::DEFAULT_FORMAT_OPTIONS;
use datafusion::error::Result;

/// A value that does not fit is an error.
const CAST_OPTIONS: CastOptions<'static> =
    CastOptions { safe: false, format_options: DEFAULT_FORMAT_OPTIONS };

const MICROS_PER_DAY: i64 = 86_400_000_000;
/// No day from here to the epoch is too far away for a timestamp.
const FAR_DAYS: i32 = (i64::MAX / MICROS_PER_DAY) as i32;

/// Whether dates become the midnights that they begin with.
pub fn is_date_as_timestamp(found: &DataType, wanted: &DataType) -> bool {
    let wanted = matches!(wanted, DataType::Timestamp(TimeUnit::Microsecond, None));
    *found == DataType::Date32 && wanted
}

/// A value of a file in the table's type.
pub fn conform(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    match (array.data_type(), wanted) {
        (found, wanted) if found == wanted => Ok(Arc::clone(array)),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let found = array.as_struct();
            let columns = fields
                .iter()
                .map(|field| match found.column_by_name(field.name()) {
                    Some(column) => conform(column, field.data_type()),
                    None => Ok(new_null_array(field.data_type(), found.len())),
                })
                .collect::<Result<Vec<_>>>()?;
            let (nulls, len) = (found.nulls().cloned(), found.len());
            let fields = fields.clone();
            Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, len)?))
        }
        (DataType::List(_), DataType::List(element)) => {
            let found = array.as_list::<i32>();
            let values = conform(found.values(), element.data_type())?;
            let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(element), offsets, values, nulls)?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let found = array.as_map();
            let DataType::Struct(fields) = entries.data_type() else {
                return Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?);
            };
            let parts = [found.keys(), found.values()].into_iter().zip(fields);
            let columns = parts
                .map(|(part, field)| conform(part, field.data_type()))
                .collect::<Result<Vec<_>>>()?;
            let content = StructArray::try_new(fields.clone(), columns, None)?;
            let (offsets, nulls) = (found.offsets().clone(), found.nulls().cloned());
            let entries = Arc::clone(entries);
            Ok(Arc::new(MapArray::try_new(entries, offsets, content, nulls, *sorted)?))
        }
        (DataType::FixedSizeBinary(_), wanted) if wanted.is_string() => {
            let bytes = cast_with_options(array, &DataType::Binary, &CAST_OPTIONS)?;
            Ok(cast_with_options(&bytes, wanted, &CAST_OPTIONS)?)
        }
        // Not a cast, which cuts towards the epoch.
        (
            DataType::Timestamp(TimeUnit::Nanosecond, _),
            DataType::Timestamp(TimeUnit::Microsecond, zone),
        ) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            let micros: TimestampMicrosecondArray = nanos.unary(|nanos| nanos.div_euclid(1000));
            Ok(Arc::new(micros.with_timezone_opt(zone.clone())))
        }
        (found, wanted) if is_date_as_timestamp(found, wanted) => {
            let days = array.as_primitive::<Date32Type>();
            if days.values().iter().any(|day| !(-FAR_DAYS..=FAR_DAYS).contains(day)) {
                return Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?);
            }
            let micros: TimestampMicrosecondArray =
                days.unary(|day| i64::from(day) * MICROS_PER_DAY);
            Ok(Arc::new(micros))
        }
        _ => Ok(cast_with_options(array, wanted, &CAST_OPTIONS)?),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Date32Array, Int32Array, Int64Array, StringArray, TimestampNanosecondArray,
    };
    use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
    use datafusion::arrow::datatypes::{Field, Fields, TimestampMicrosecondType};

    use datafusion::scalar::ScalarValue;

    use super::*;

    fn fields(of: &[(&str, DataType)]) -> Fields {
        of.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect()
    }

    /// Structs `{x: 1, y: "a"}`, null, `{x: 3, y: null}`.
    fn structs() -> ArrayRef {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])),
            Arc::new(StringArray::from(vec![Some("a"), None, None])),
        ];
        let nulls = Some(NullBuffer::from(vec![true, false, true]));
        let fields = fields(&[("x", DataType::Int32), ("y", DataType::Utf8)]);
        Arc::new(StructArray::new(fields, columns, nulls))
    }

    fn shown(array: &ArrayRef) -> String {
        (0..array.len())
            .map(|row| {
                ScalarValue::try_from_array(array, row).map_or("?".into(), |v| v.to_string())
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn conformed_to(array: &ArrayRef, wanted: &DataType) -> String {
        match conform(array, wanted) {
            Ok(array) => {
                assert_eq!(array.data_type(), wanted);
                shown(&array)
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn fields_go_by_name_and_lacking_ones_are_null() {
        let wanted =
            fields(&[("new", DataType::Int64), ("y", DataType::Utf8View), ("x", DataType::Int64)]);
        let wanted = DataType::Struct(wanted);
        assert_eq!(conformed_to(&structs(), &wanted), "{new:,y:a,x:1} NULL {new:,y:,x:3}");
        let unrelated = DataType::Struct(fields(&[("z", DataType::Int64)]));
        assert_eq!(conformed_to(&structs(), &unrelated), "{z:} NULL {z:}");
    }

    #[test]
    fn values_of_maps_and_lists_go_by_name_too() {
        let found = structs();
        let offsets = OffsetBuffer::new(vec![0, 2, 3].into());
        let element = Arc::new(Field::new("item", found.data_type().clone(), true));
        let list: ArrayRef =
            Arc::new(ListArray::new(element, offsets.clone(), found.clone(), None));
        let wanted = DataType::Struct(fields(&[("y", DataType::Utf8), ("x", DataType::Int64)]));
        let element = Arc::new(Field::new("element", wanted.clone(), true));
        assert_eq!(conformed_to(&list, &DataType::List(element)), "[{y: a, x: 1}, ] [{y: , x: 3}]");

        let keys: ArrayRef = Arc::new(Int32Array::from(vec![7, 8, 9]));
        let entries = |name: &str, key: DataType, value: DataType| {
            let key = Field::new("key", key, false);
            let entries = DataType::Struct(vec![key, Field::new("value", value, true)].into());
            Arc::new(Field::new(name, entries, false))
        };
        let of_file = entries("entries", DataType::Int32, found.data_type().clone());
        let DataType::Struct(of_entries) = of_file.data_type().clone() else { return };
        let content = StructArray::new(of_entries, vec![keys, found], None);
        let map: ArrayRef = Arc::new(MapArray::new(of_file, offsets, content, None, false));
        let wanted = DataType::Map(entries("key_value", DataType::Int64, wanted), false);
        let Ok(conformed) = conform(&map, &wanted) else { unreachable!() };
        let values = conformed.as_map().values().clone();
        assert_eq!(shown(&values), "{y:a,x:1} NULL {y:,x:3}");
        let keys = conformed.as_map().keys().clone();
        assert_eq!(keys.as_ref(), &Int64Array::from(vec![7, 8, 9]) as &dyn Array);
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let found: ArrayRef = Arc::new(Int32Array::from(vec![300]));
        let one = fields(&[("x", DataType::Int32)]);
        let found: ArrayRef = Arc::new(StructArray::new(one, vec![found], None));
        let narrow = DataType::Struct(fields(&[("x", DataType::Int8)]));
        assert!(conformed_to(&found, &narrow).starts_with("error: "));
    }

    #[test]
    fn dates_become_midnights_as_far_as_timestamps_reach() {
        let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
        let dates = |days: Vec<Option<i32>>| Arc::new(Date32Array::from(days)) as ArrayRef;
        let Ok(found) = conform(&dates(vec![Some(-1), None, Some(FAR_DAYS)]), &wanted) else {
            unreachable!()
        };
        assert_eq!(found.data_type(), &wanted);
        let found = found.as_primitive::<TimestampMicrosecondType>();
        assert_eq!(found.value(0), -MICROS_PER_DAY);
        assert!(found.is_null(1));
        assert_eq!(found.value(2), 9_223_372_022_400_000_000);
        let far = conformed_to(&dates(vec![Some(FAR_DAYS + 1)]), &wanted);
        assert!(far.starts_with("error: "), "{far}");
    }

    #[test]
    fn nanoseconds_are_cut_towards_the_past() {
        let nanos = TimestampNanosecondArray::from(vec![-1, -1000, -1001, 999]);
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let Ok(found) = conform(&(Arc::new(nanos) as ArrayRef), &micros) else { unreachable!() };
        assert_eq!(found.data_type(), &micros);
        let values = found.as_primitive::<TimestampMicrosecondType>().values();
        assert_eq!(values.as_ref(), [-1, -1, -2, 0]);
    }
}
