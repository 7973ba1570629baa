//! What a Parquet file says about runs of its rows without reading them: of pages where it has an index of
//! them, else of row groups.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StructArray, UInt32Array,
};
use datafusion::arrow::compute::{concat, nullif, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::{parquet_to_arrow_schema_by_columns, ProjectionMask};
use parquet::basic::Type as PhysicalType;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::schema::types::SchemaDescriptor;

use crate::border::error::Result;

/// The bounds of one leaf by runs of rows, which begin at `first_rows` and are null where one of the
/// rows is.
struct Runs {
    first_rows: Vec<i64>,
    min: ArrayRef,
    max: ArrayRef,
}

/// Types of which all writers keep the same order.
fn has_order(data_type: &DataType) -> bool {
    use DataType::*;
    matches!(data_type, Int8 | Int16 | Int32 | Int64 | Date32 | Timestamp(..))
}

/// A leaf below structs as an Arrow field, if its type has an order.
fn field_of(schema: &SchemaDescriptor, leaf: usize) -> Result<Option<Field>> {
    let column = schema.column(leaf);
    if column.max_rep_level() > 0 || column.physical_type() == PhysicalType::INT96 {
        return Ok(None);
    }
    let mask = ProjectionMask::leaves(schema, [leaf]);
    let mut fields = parquet_to_arrow_schema_by_columns(schema, mask, None)?.fields().clone();
    loop {
        match fields.first().map(|field| field.data_type()) {
            Some(DataType::Struct(children)) => fields = children.clone(),
            Some(data_type) if has_order(data_type) => return Ok(Some(fields[0].as_ref().clone())),
            _ => return Ok(None),
        }
    }
}

/// Where the pages of a column chunk begin in their row group, if the index tells of each.
fn first_rows_of_pages(
    metadata: &ParquetMetaData,
    group: usize,
    leaf: usize,
    rows: i64,
) -> Option<Vec<i64>> {
    let pages = metadata.column_index()?.get(group)?.get(leaf)?;
    if matches!(pages, ColumnIndexMetaData::NONE) {
        return None;
    }
    let places = metadata.offset_index()?.get(group)?.get(leaf)?.page_locations();
    let first_rows: Vec<i64> = places.iter().map(|page| page.first_row_index).collect();
    let counts = pages.null_counts().map_or(0, Vec::len);
    let is_whole = pages.num_pages() == places.len() as u64 && counts == places.len();
    let ascend = first_rows.is_sorted_by(|a, b| a < b);
    let cover = first_rows.first() == Some(&0) && first_rows.last().is_some_and(|row| *row < rows);
    (is_whole && ascend && cover).then_some(first_rows)
}

impl Runs {
    fn of(metadata: &ParquetMetaData, leaf: usize, field: &Field) -> Result<Option<Self>> {
        let schema = metadata.file_metadata().schema_descr();
        let converter = StatisticsConverter::from_column_index(leaf, field, schema)?
            .with_missing_null_counts_as_zero(false);
        let (mut first_rows, mut mins, mut maxes) = (vec![], vec![], vec![]);
        let mut may_have_nulls: Vec<bool> = Vec::new();
        let mut first_row = 0_i64;
        for (number, group) in metadata.row_groups().iter().enumerate() {
            let rows = group.num_rows();
            if rows < 0 || rows != group.column(leaf).num_values() {
                return Ok(None);
            }
            let indexes = metadata.column_index().zip(metadata.offset_index());
            let pages = first_rows_of_pages(metadata, number, leaf, rows);
            let counts = match pages.zip(indexes) {
                Some((pages, (columns, offsets))) => {
                    first_rows.extend(pages.iter().map(|row| first_row.saturating_add(*row)));
                    mins.push(converter.data_page_mins(columns, offsets, [&number])?);
                    maxes.push(converter.data_page_maxes(columns, offsets, [&number])?);
                    converter.data_page_null_counts(columns, offsets, [&number])?
                }
                None => {
                    first_rows.push(first_row);
                    mins.push(converter.row_group_mins([group])?);
                    maxes.push(converter.row_group_maxes([group])?);
                    converter.row_group_null_counts([group])?
                }
            };
            may_have_nulls.extend(counts.iter().map(|count| count != Some(0)));
            first_row = first_row.saturating_add(rows);
        }
        if first_rows.is_empty() {
            return Ok(None);
        }
        let may_have_nulls = BooleanArray::from(may_have_nulls);
        let known = |parts: &[ArrayRef]| {
            let bounds = concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>())?;
            nullif(&bounds, &may_have_nulls)
        };
        Ok(Some(Self { min: known(&mins)?, max: known(&maxes)?, first_rows }))
    }

    /// The bounds for runs that are as long as these or shorter.
    fn within(&self, first_rows: &BTreeSet<i64>) -> Result<StructArray> {
        let run = |row: &i64| self.first_rows.partition_point(|first| first <= row).max(1) - 1;
        let runs = first_rows.iter().map(|row| u32::try_from(run(row)).unwrap_or(u32::MAX));
        let runs: UInt32Array = runs.collect();
        let part = |name: &str, bounds: &ArrayRef| {
            let bounds = take(bounds, &runs, None)?;
            Ok::<_, crate::border::error::Error>((
                Arc::new(Field::new(name, bounds.data_type().clone(), true)),
                bounds,
            ))
        };
        Ok(StructArray::from(vec![part("min", &self.min)?, part("max", &self.max)?]))
    }
}

/// The bounds of leaves, which have a name each, by runs of rows: `first_row`, and for each leaf that
/// has bounds a struct of its name with `min` and `max`.
pub fn row_bounds(metadata: &ParquetMetaData, leaves: &[(String, usize)]) -> Result<RecordBatch> {
    let schema = metadata.file_metadata().schema_descr();
    let mut known: Vec<(&str, Runs)> = Vec::new();
    for (name, leaf) in leaves {
        let Some(field) = field_of(schema, *leaf)? else { continue };
        if let Some(runs) = Runs::of(metadata, *leaf, &field)? {
            known.push((name, runs));
        }
    }
    let first_rows: BTreeSet<i64> =
        known.iter().flat_map(|(_, runs)| runs.first_rows.iter().copied()).collect();
    let mut fields = vec![Field::new("first_row", DataType::Int64, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(first_rows.iter().copied().collect::<Int64Array>())];
    for (name, runs) in &known {
        let bounds = runs.within(&first_rows)?;
        fields.push(Field::new(*name, bounds.data_type().clone(), false));
        columns.push(Arc::new(bounds));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
    use parquet::file::properties::{EnabledStatistics, WriterProperties};

    use super::*;

    /// A column of 1,000 rows in pages of 100 and row groups of 500.
    fn metadata(values: ArrayRef, statistics: EnabledStatistics) -> ParquetMetaData {
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(500))
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(100)
            .set_statistics_enabled(statistics)
            .build();
        let batch = RecordBatch::try_from_iter([("x", values)]).expect("a batch");
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .parse_and_finish(&Bytes::from(bytes))
            .expect("a footer")
    }

    fn bounds(metadata: &ParquetMetaData) -> Vec<(i64, Option<i64>, Option<i64>)> {
        let batch = row_bounds(metadata, &[("x".to_string(), 0)]).expect("bounds");
        let longs = |array: &ArrayRef| array.as_any().downcast_ref::<Int64Array>().unwrap().clone();
        let Some(x) = batch.column_by_name("x") else { return vec![] };
        let x = x.as_any().downcast_ref::<StructArray>().unwrap();
        let (first, min, max) = (longs(batch.column(0)), longs(x.column(0)), longs(x.column(1)));
        let value = |array: &Int64Array, row| array.is_valid(row).then(|| array.value(row));
        (0..batch.num_rows())
            .map(|row| (first.value(row), value(&min, row), value(&max, row)))
            .collect()
    }

    #[test]
    fn pages_have_bounds_where_there_is_an_index_of_them() {
        let values: Int64Array = (0..1000).collect();
        let pages = bounds(&metadata(Arc::new(values), EnabledStatistics::Page));
        assert_eq!(pages.len(), 10);
        assert_eq!(pages[7], (700, Some(700), Some(799)));
    }

    #[test]
    fn row_groups_have_bounds_where_there_is_no_index() {
        let values: Int64Array = (0..1000).collect();
        let groups = bounds(&metadata(Arc::new(values), EnabledStatistics::Chunk));
        assert_eq!(groups, [(0, Some(0), Some(499)), (500, Some(500), Some(999))]);
    }

    #[test]
    fn runs_with_a_null_and_files_without_statistics_have_no_bounds() {
        let values: Int64Array = (0..1000).map(|row| (row != 730).then_some(row)).collect();
        let pages = bounds(&metadata(Arc::new(values.clone()), EnabledStatistics::Page));
        assert_eq!(pages[7], (700, None, None));
        assert_eq!(pages[8], (800, Some(800), Some(899)));
        let groups = bounds(&metadata(Arc::new(values), EnabledStatistics::None));
        assert!(groups.iter().all(|(_, min, max)| min.is_none() && max.is_none()));
    }

    #[test]
    fn types_without_a_common_order_have_no_bounds() {
        let values: datafusion::arrow::array::Float64Array =
            (0..1000).map(|row| Some(f64::from(row))).collect();
        assert!(bounds(&metadata(Arc::new(values), EnabledStatistics::Page)).is_empty());
    }
}
