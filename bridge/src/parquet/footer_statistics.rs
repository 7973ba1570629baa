//! What a footer tells about the whole columns of a file: how many nulls they hold, and between which values
//! the others are.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, Int64Array, RecordBatch, StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Schema, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use datafusion::scalar::ScalarValue;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::{parquet_to_arrow_schema_by_columns, ProjectionMask};
use parquet::basic::{ColumnOrder, SortOrder, Type as PhysicalType};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::border::error::Result;

/// The statistics of one column; a null where something is not known.
struct OfColumn {
    null_count: Option<i64>,
    min: ScalarValue,
    max: ScalarValue,
}

/// Where a path of names leads to.
enum Place {
    /// A leaf that has one value in each row.
    Leaf(usize),
    /// A list, map or struct, or a leaf in one.
    Several,
    Nowhere,
}

fn find(metadata: &ParquetMetaData, path: &[String]) -> Place {
    let mut leaves = metadata.file_metadata().schema_descr().columns().iter().enumerate();
    let below = leaves.find(|(_, leaf)| leaf.path().parts().starts_with(path));
    match below {
        None => Place::Nowhere,
        Some((index, leaf)) => match leaf.path().parts().len() == path.len() {
            true if leaf.max_rep_level() == 0 => Place::Leaf(index),
            _ => Place::Several,
        },
    }
}

/// Whether the bounds of a column are in the order of its values. Those that old writers kept are in
/// the order of signed numbers, whatever the column holds.
fn is_ordered(metadata: &ParquetMetaData, leaf: usize, statistics: &Statistics) -> bool {
    let physical = metadata.file_metadata().schema_descr().column(leaf).physical_type();
    let orders = metadata.file_metadata().column_orders();
    let order = orders.and_then(|orders| orders.get(leaf)).copied();
    let is_number = !matches!(
        physical,
        PhysicalType::BYTE_ARRAY | PhysicalType::FIXED_LEN_BYTE_ARRAY | PhysicalType::INT96
    );
    let column = metadata.file_metadata().schema_descr().column(leaf);
    let of_type = ColumnOrder::sort_order_for_type(
        column.logical_type_ref(),
        column.converted_type(),
        physical,
    );
    match order {
        Some(ColumnOrder::TYPE_DEFINED_ORDER(_)) if !statistics.is_min_max_deprecated() => {
            physical != PhysicalType::INT96 && of_type != SortOrder::UNDEFINED
        }
        Some(ColumnOrder::UNKNOWN) => false,
        _ => is_number && of_type == SortOrder::SIGNED,
    }
}

/// The column of a leaf as Arrow has it, by the types of Parquet alone.
fn field_of(metadata: &ParquetMetaData, leaf: usize) -> Result<Option<Field>> {
    let schema = metadata.file_metadata().schema_descr();
    let mask = ProjectionMask::leaves(schema, [leaf]);
    let mut fields = parquet_to_arrow_schema_by_columns(schema, mask, None)?.fields().clone();
    while let Some(DataType::Struct(children)) = fields.first().map(|field| field.data_type()) {
        fields = children.clone();
    }
    Ok(fields.first().map(|field| field.as_ref().clone()))
}

/// Bounds in the type of the table, rounded down; a null where it does not hold one.
fn converted(bounds: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    let is_finer = matches!(bounds.data_type(), DataType::Timestamp(TimeUnit::Nanosecond, _))
        && matches!(wanted, DataType::Timestamp(TimeUnit::Microsecond, _));
    if !is_finer {
        return Ok(cast(bounds, wanted)?);
    }
    let micros = bounds
        .as_primitive::<TimestampNanosecondType>()
        .unary::<_, TimestampMicrosecondType>(|nanos| nanos.div_euclid(1000));
    Ok(Arc::new(micros.with_data_type(wanted.clone())))
}

fn extreme(values: &ArrayRef, wanted: Ordering) -> Result<Option<ScalarValue>> {
    let mut best: Option<ScalarValue> = None;
    for row in 0..values.len() {
        let value = ScalarValue::try_from_array(values, row)?;
        // Of a part of the file nothing is known, or nothing that has an order.
        if value.is_null() || is_nan(&value) {
            return Ok(None);
        }
        best = match best {
            Some(best) if value.partial_cmp(&best) != Some(wanted) => Some(best),
            _ => Some(value),
        };
    }
    Ok(best)
}

fn is_nan(value: &ScalarValue) -> bool {
    match value {
        ScalarValue::Float32(Some(value)) => value.is_nan(),
        ScalarValue::Float64(Some(value)) => value.is_nan(),
        _ => false,
    }
}

/// Writers differ in the sign of a zero that is the least value.
fn with_least_zero(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::Float32(Some(0.0)) => ScalarValue::Float32(Some(-0.0)),
        ScalarValue::Float64(Some(0.0)) => ScalarValue::Float64(Some(-0.0)),
        value => value,
    }
}

fn nulls_of(group: &RowGroupMetaData, leaf: usize) -> Option<i64> {
    let nulls = i64::try_from(group.column(leaf).statistics()?.null_count_opt()?).ok()?;
    (nulls <= group.num_rows()).then_some(nulls)
}

fn bounds_of(
    metadata: &ParquetMetaData,
    leaf: usize,
    wanted: &DataType,
) -> Result<Option<(ScalarValue, ScalarValue)>> {
    let has_values = |group: &&RowGroupMetaData| {
        group.num_rows() > 0 && nulls_of(group, leaf) != Some(group.num_rows())
    };
    let groups: Vec<&RowGroupMetaData> = metadata.row_groups().iter().filter(has_values).collect();
    let is_sound = groups.iter().all(|group| {
        let statistics = group.column(leaf).statistics();
        statistics.is_some_and(|statistics| is_ordered(metadata, leaf, statistics))
    });
    let Some(field) = field_of(metadata, leaf)? else { return Ok(None) };
    if !is_sound || groups.is_empty() || field.data_type().is_nested() {
        return Ok(None);
    }
    let schema = metadata.file_metadata().schema_descr();
    let converter = StatisticsConverter::from_column_index(leaf, &field, schema)?;
    let mins = converted(&converter.row_group_mins(groups.iter().copied())?, wanted)?;
    let maxes = converted(&converter.row_group_maxes(groups.iter().copied())?, wanted)?;
    let min = extreme(&mins, Ordering::Less)?;
    let max = extreme(&maxes, Ordering::Greater)?;
    Ok(min.zip(max).filter(|(min, max)| min.partial_cmp(max) != Some(Ordering::Greater)))
}

fn statistics_of(
    metadata: &ParquetMetaData,
    path: &[String],
    wanted: &DataType,
    rows: i64,
) -> Result<OfColumn> {
    let unknown = || ScalarValue::try_new_null(wanted).map_err(crate::border::error::Error::from);
    let mut of = OfColumn { null_count: None, min: unknown()?, max: unknown()? };
    match find(metadata, path) {
        Place::Nowhere => of.null_count = Some(rows),
        Place::Several => {}
        Place::Leaf(leaf) => {
            let groups = metadata.row_groups().iter();
            of.null_count = groups.map(|group| nulls_of(group, leaf)).sum();
            if !wanted.is_nested() {
                if let Some((min, max)) = bounds_of(metadata, leaf, wanted)? {
                    of.min = with_least_zero(min);
                    // A footer does not count values that are no number, which are above all.
                    if !wanted.is_floating() {
                        of.max = max;
                    }
                }
            }
        }
    }
    Ok(of)
}

/// One row: `num_rows`, and the structs `null_count`, `min` and `max` with a field for each path, which
/// is named and typed as its field of `types`. A column that the file lacks is null in all rows.
pub fn footer_statistics(
    metadata: &ParquetMetaData,
    paths: &[Vec<String>],
    types: &Schema,
) -> Result<RecordBatch> {
    let rows = metadata.row_groups().iter();
    let rows = rows.fold(0_i64, |sum, group| sum.saturating_add(group.num_rows().max(0)));
    let fields = types.fields();
    let of_columns = paths
        .iter()
        .zip(fields)
        .map(|(path, field)| statistics_of(metadata, path, field.data_type(), rows))
        .collect::<Result<Vec<_>>>()?;
    let structure = |data_type: &dyn Fn(&Field) -> DataType,
                     value: &dyn Fn(&OfColumn) -> Result<ArrayRef>|
     -> Result<ArrayRef> {
        let fields = fields.iter();
        let fields: Fields =
            fields.map(|field| Field::new(field.name(), data_type(field), true)).collect();
        let arrays = of_columns.iter().map(value).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(StructArray::try_new_with_length(fields, arrays, None, 1)?))
    };
    let own_type = |field: &Field| field.data_type().clone();
    let bound = |value: &ScalarValue| match value.is_null() {
        true => Ok(new_null_array(&value.data_type(), 1)),
        false => Ok(value.to_array()?),
    };
    let columns: [(&str, ArrayRef); 4] = [
        ("num_rows", Arc::new(Int64Array::from(vec![rows]))),
        (
            "null_count",
            structure(&|_| DataType::Int64, &|of| {
                Ok(Arc::new(Int64Array::from(vec![of.null_count])))
            })?,
        ),
        ("min", structure(&own_type, &|of| bound(&of.min))?),
        ("max", structure(&own_type, &|of| bound(&of.max))?),
    ];
    let columns = columns.into_iter().map(|(name, column)| (name, column, true));
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use datafusion::arrow::array::{Float64Array, StringArray, TimestampNanosecondArray};
    use datafusion::arrow::datatypes::Int64Type;
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::ParquetMetaDataReader;
    use parquet::file::properties::WriterProperties;

    use super::*;

    /// A column in row groups of two rows.
    fn footer(values: ArrayRef) -> ParquetMetaData {
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
        let batch = RecordBatch::try_from_iter_with_nullable([("x", values, true)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(bytes)).unwrap()
    }

    /// The nulls, least and greatest value of a column as text.
    fn of_column(footer: &ParquetMetaData, path: &str, wanted: DataType) -> (Option<i64>, String) {
        let types = Schema::new(vec![Field::new("0", wanted, true)]);
        let batch = footer_statistics(footer, &[vec![path.to_string()]], &types).unwrap();
        let part = |name: &str| batch.column_by_name(name).unwrap().as_struct().column(0).clone();
        let nulls = part("null_count");
        let nulls = nulls.as_primitive::<Int64Type>();
        let text = |name: &str| ScalarValue::try_from_array(&part(name), 0).unwrap().to_string();
        (nulls.is_valid(0).then(|| nulls.value(0)), format!("{}..{}", text("min"), text("max")))
    }

    #[test]
    fn row_groups_are_put_together() {
        let footer =
            footer(Arc::new(Int64Array::from(vec![Some(7), None, None, None, Some(-3), Some(5)])));
        assert_eq!(of_column(&footer, "x", DataType::Int64), (Some(3), "-3..7".to_string()));
        assert_eq!(of_column(&footer, "x", DataType::Int8), (Some(3), "-3..7".to_string()));
    }

    #[test]
    fn absent_columns_are_null() {
        let footer = footer(Arc::new(Int64Array::from(vec![1, 2, 3])));
        assert_eq!(of_column(&footer, "y", DataType::Utf8), (Some(3), "NULL..NULL".to_string()));
    }

    #[test]
    fn bounds_that_the_type_does_not_hold_are_unknown() {
        let footer = footer(Arc::new(Int64Array::from(vec![1, 300])));
        assert_eq!(of_column(&footer, "x", DataType::Int8).1, "NULL..NULL");
    }

    #[test]
    fn floats_have_no_maximum_and_zero_is_negative() {
        let footer = footer(Arc::new(Float64Array::from(vec![0.0, 2.5])));
        assert_eq!(of_column(&footer, "x", DataType::Float64).1, "-0..NULL");
    }

    #[test]
    fn finer_timestamps_are_rounded_down() {
        let footer = footer(Arc::new(TimestampNanosecondArray::from(vec![-1500, 1500])));
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        assert_eq!(of_column(&footer, "x", micros).1, "-2..1");
    }

    #[test]
    fn texts_are_in_the_order_of_their_bytes() {
        let footer = footer(Arc::new(StringArray::from(vec!["é", "a", "Z"])));
        assert_eq!(of_column(&footer, "x", DataType::Utf8).1, "Z..é");
    }
}
