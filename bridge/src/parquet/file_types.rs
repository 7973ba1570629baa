//! Whether a Parquet file's columns can stand for those of a table. DataFusion casts what differs, and
//! some casts change values in silence; only those that keep or refuse each value may happen.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, TimeUnit};
use datafusion::datasource::physical_plan::parquet::Int96Coercer;
use parquet::arrow::parquet_to_arrow_schema;
use parquet::file::metadata::ParquetMetaData;

use crate::border::error::{code, Error, Result};
use crate::columnar::field_index::FieldIndex;
use crate::variant::{is_readable_variant, is_variant};

/// What INT96 is here: Parquet has no timestamps in seconds of its own.
const INT96_UNIT: TimeUnit = TimeUnit::Second;

/// The columns of a file as Arrow has them, by the types of Parquet alone: an Arrow schema that a writer
/// may have embedded says nothing of how the values are stored. INT96 are instants.
pub fn file_schema(file: &ParquetMetaData) -> Result<Schema> {
    let schema = file.file_metadata().schema_descr();
    let plain = parquet_to_arrow_schema(schema, None)?;
    let marked = Int96Coercer::new(schema, &plain, &INT96_UNIT).coerce().unwrap_or(plain);
    let fields: Vec<FieldRef> = marked.fields().iter().map(with_instants).collect();
    Ok(Schema::new(fields))
}

fn with_instants(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Timestamp(unit, _) if *unit == INT96_UNIT => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        DataType::List(item) => DataType::List(with_instants(item)),
        DataType::Map(entries, sorted) => DataType::Map(with_instants(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(with_instants).collect()),
        data_type => data_type.clone(),
    };
    // Without metadata: ids of fields are those of another table.
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

/// Checks the columns that both have, by name.
pub fn check_types(file: &ParquetMetaData, table: &Schema) -> Result<()> {
    // By the Parquet types alone: the Arrow schema that a writer may have embedded says nothing
    // of how the values are stored.
    let schema = file.file_metadata().schema_descr();
    let file = parquet_to_arrow_schema(schema, None)?;
    let file = Int96Coercer::new(schema, &file, &INT96_UNIT).coerce().unwrap_or(file);
    let columns = FieldIndex::new(file.fields);
    for wanted in table.fields() {
        let Some((_, found)) = columns.find(wanted.name()) else { continue };
        if !is_faithful_field(found, wanted) {
            let int96 = DataType::Timestamp(INT96_UNIT, None).to_string();
            let message = format!(
                "Column {} has the type {} in the file, and {} in the table.",
                wanted.name(),
                found.data_type().to_string().replace(&int96, "INT96"),
                wanted.data_type()
            );
            return Err(Error::new(code::CORRUPT_DATA, message));
        }
    }
    Ok(())
}

fn is_text_or_bytes(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        data_type,
        T::Utf8
            | T::LargeUtf8
            | T::Utf8View
            | T::Binary
            | T::LargeBinary
            | T::BinaryView
            | T::FixedSizeBinary(_)
    )
}

/// Whether a cast returns the same value or fails.
fn is_faithful(file: &DataType, table: &DataType) -> bool {
    use DataType as T;
    match (file, table) {
        _ if file == table => true,
        // Nothing but nulls.
        (T::Null, _) => true,
        // Files have 32 bits for every smaller integer. A value that does not fit is an error of the
        // cast.
        _ if file.is_integer() && table.is_integer() => {
            !matches!(file, T::Int64 | T::UInt64) || table == &T::Int64
        }
        (T::Float16 | T::Float32, T::Float64) => true,
        (T::Int8 | T::Int16 | T::Int32, T::Float64) => true,
        (T::Int8, T::Decimal128(precision, scale)) => {
            i16::from(*precision) - i16::from(*scale) >= 3
        }
        (T::Int16, T::Decimal128(precision, scale)) => {
            i16::from(*precision) - i16::from(*scale) >= 5
        }
        (T::Int32, T::Decimal128(precision, scale)) => {
            i16::from(*precision) - i16::from(*scale) >= 10
        }
        (T::Int64, T::Decimal128(precision, scale)) => {
            i16::from(*precision) - i16::from(*scale) >= 20
        }
        (T::Date32, T::Timestamp(TimeUnit::Microsecond, None)) => true,
        (
            T::Decimal32(_, from)
            | T::Decimal64(_, from)
            | T::Decimal128(_, from)
            | T::Decimal256(_, from),
            T::Decimal128(_, to),
        ) => from <= to,
        // INT96 is read in microseconds, and in nanoseconds it would overflow unseen.
        (T::Timestamp(unit, _), T::Timestamp(TimeUnit::Nanosecond, _)) => *unit != INT96_UNIT,
        // Files state instants in units of their own.
        (T::Timestamp(..), T::Timestamp(..)) => true,
        (T::List(from) | T::LargeList(from) | T::FixedSizeList(from, _), T::List(to)) => {
            is_faithful_field(from, to)
        }
        (T::Map(from, _), T::Map(to, _)) => match (from.data_type(), to.data_type()) {
            // The names in entries are free.
            (T::Struct(from), T::Struct(to)) => {
                from.iter().zip(to).all(|(from, to)| is_faithful_field(from, to))
            }
            _ => false,
        },
        (T::Struct(from), T::Struct(to)) => to
            .iter()
            .all(|to| from.find(to.name()).is_none_or(|(_, from)| is_faithful_field(from, to))),
        _ => is_text_or_bytes(file) && is_text_or_bytes(table),
    }
}

/// Whether a cast that is faithful refuses some values of a flat type. Those that no writer has reason
/// to store, instants beyond the range of microseconds, are not counted.
pub fn may_refuse(file: &DataType, table: &DataType) -> bool {
    use DataType as T;
    match (file, table) {
        _ if file.is_integer() && table.is_integer() => {
            file.primitive_width() > table.primitive_width() || file.is_unsigned_integer()
        }
        (T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_), _) => {
            table.is_string()
        }
        (
            T::Decimal32(precision, scale)
            | T::Decimal64(precision, scale)
            | T::Decimal128(precision, scale)
            | T::Decimal256(precision, scale),
            T::Decimal128(wanted_precision, wanted_scale),
        ) => {
            let digits = |precision: u8, scale: i8| i16::from(precision) - i16::from(scale);
            digits(*precision, *scale) > digits(*wanted_precision, *wanted_scale)
        }
        (T::Timestamp(unit, _), T::Timestamp(TimeUnit::Nanosecond, _)) => {
            *unit != TimeUnit::Nanosecond
        }
        _ => false,
    }
}

fn is_faithful_field(file: &Field, table: &Field) -> bool {
    match is_variant(table) {
        true => is_readable_variant(file.data_type()),
        false => is_faithful(file.data_type(), table.data_type()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_with_room_for_every_value_refuse_none() {
        use DataType as T;
        assert!(may_refuse(&T::Int32, &T::Int8) && may_refuse(&T::UInt32, &T::Int32));
        assert!(!may_refuse(&T::Int8, &T::Int64) && !may_refuse(&T::Int32, &T::Decimal128(12, 2)));
        assert!(may_refuse(&T::Decimal128(10, 2), &T::Decimal128(9, 2)));
        assert!(!may_refuse(&T::Decimal128(9, 2), &T::Decimal128(12, 4)));
        assert!(may_refuse(&T::Binary, &T::Utf8View) && !may_refuse(&T::Utf8, &T::Utf8View));
        let time = |unit| T::Timestamp(unit, None);
        assert!(may_refuse(&time(TimeUnit::Microsecond), &time(TimeUnit::Nanosecond)));
        assert!(!may_refuse(&time(TimeUnit::Nanosecond), &time(TimeUnit::Microsecond)));
    }

    #[test]
    fn values_are_kept_or_refused() {
        use DataType as T;
        let faithful = [
            (T::Null, T::Utf8View),
            (T::Int32, T::Int8),
            (T::Int8, T::Int64),
            (T::Float32, T::Float64),
            (T::Int32, T::Float64),
            (T::Int64, T::Decimal128(22, 2)),
            (T::Date32, T::Timestamp(TimeUnit::Microsecond, None)),
            (T::Utf8, T::Utf8View),
            (T::Binary, T::Utf8View),
            (T::Decimal128(9, 2), T::Decimal128(12, 4)),
            (T::Decimal256(48, 2), T::Decimal128(38, 4)),
            (T::Timestamp(TimeUnit::Nanosecond, None), T::Timestamp(TimeUnit::Microsecond, None)),
            (T::Timestamp(TimeUnit::Millisecond, None), T::Timestamp(TimeUnit::Nanosecond, None)),
            (T::Timestamp(INT96_UNIT, None), T::Timestamp(TimeUnit::Microsecond, None)),
            (T::new_list(T::Int32, true), T::new_list(T::Int64, true)),
        ];
        for (file, table) in faithful {
            assert!(is_faithful(&file, &table), "{file} {table}");
        }
        let faithless = [
            (T::Int64, T::Int32),
            (T::Int32, T::Decimal128(10, 1)),
            (T::Int64, T::Decimal128(19, 0)),
            (T::Float64, T::Int64),
            (T::Float64, T::Float32),
            (T::Int64, T::Float64),
            (T::Utf8, T::Int64),
            (T::Int64, T::Utf8View),
            (T::Decimal128(10, 4), T::Decimal128(10, 2)),
            (T::Boolean, T::Int32),
            (T::Date32, T::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
            (T::Date32, T::Timestamp(TimeUnit::Nanosecond, None)),
            (T::Timestamp(INT96_UNIT, None), T::Timestamp(TimeUnit::Nanosecond, None)),
            (T::new_list(T::Float64, true), T::new_list(T::Int64, true)),
        ];
        for (file, table) in faithless {
            assert!(!is_faithful(&file, &table), "{file} {table}");
        }
    }
}
