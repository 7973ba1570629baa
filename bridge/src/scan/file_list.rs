//! `PartitionedFile` and `Statistics`: what is known of a list of files, each file's part made only
//! when it is asked for.

use std::sync::{Arc, OnceLock};

use chrono::DateTime;
use cxx::{SharedPtr, UniquePtr};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::compute::{cast, is_null, sum_checked};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions_aggregate::min_max::{MaxAccumulator, MinAccumulator};
use datafusion::logical_expr::Accumulator;
use datafusion::scalar::ScalarValue;
use object_store::path::Path;
use object_store::ObjectMeta;

use crate::border::batch_receiver::BatchReceiver;
use crate::border::error::{code, Error, Result};
use crate::ffi::bridge::{FileLister, RowSkipper};
use crate::parquet::parquet_reader::StoreOfFile;
use crate::pruning::ContainerStatistics;
use crate::scan::row_skipping::SkippedRows;

/// The batch of files, its columns at hand.
pub struct FileList {
    schema: TableSchema,
    len: usize,
    num_rows: Option<Int64Array>,
    columns: Vec<ColumnBounds>,
    /// Describes the files.
    lister: Option<UniquePtr<FileLister>>,
    row_skipper: Option<SharedPtr<RowSkipper>>,
    description: OnceLock<Description>,
}

/// Which files they are.
struct Description {
    path: StringArray,
    size: Int64Array,
    last_modified: Int64Array,
    /// The stores that they are in; all are in the first where it is absent.
    store: Option<Int64Array>,
    partition: Vec<ArrayRef>,
    /// Whether rows of the file are to be skipped.
    skips_rows: Option<BooleanArray>,
}

/// Statistics of one column of the files; what is absent is unknown.
#[derive(Debug, Default)]
struct ColumnBounds {
    null_count: Option<Int64Array>,
    min: Option<ArrayRef>,
    max: Option<ArrayRef>,
    exact: Option<BooleanArray>,
}

fn required(files: &RecordBatch, name: &str) -> Result<ArrayRef> {
    files.column_by_name(name).cloned().ok_or_else(|| {
        Error::new(code::INTERNAL, format!("The list of files has no column {name}."))
    })
}

fn int64(array: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn boolean(array: &ArrayRef) -> Result<BooleanArray> {
    Ok(cast(array, &DataType::Boolean)?.as_boolean().clone())
}

/// Bounds in the column's type; those that have none in it are unknown.
fn bounds(array: Option<ArrayRef>, wanted: &DataType) -> Option<ArrayRef> {
    let array = array?;
    if array.data_type() == wanted {
        return Some(array);
    }
    cast(&array, wanted).ok()
}

fn count_at(counts: Option<&Int64Array>, row: usize) -> Precision<usize> {
    counts
        .filter(|counts| counts.is_valid(row))
        .and_then(|counts| usize::try_from(counts.value(row)).ok())
        .map_or(Precision::Absent, Precision::Exact)
}

/// A value in the type of the column, which may be a dictionary of its own type.
fn scalar(value: ScalarValue, wanted: &DataType) -> DataFusionResult<ScalarValue> {
    match wanted {
        _ if value.data_type() == *wanted => Ok(value),
        DataType::Dictionary(key, of) => {
            Ok(ScalarValue::Dictionary(key.clone(), Box::new(value.cast_to(of)?)))
        }
        _ => value.cast_to(wanted),
    }
}

fn value_at(
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
fn apart(
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
fn above(value: &ScalarValue) -> Option<ScalarValue> {
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
fn total(counts: Option<&Int64Array>) -> Precision<usize> {
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

fn minimum(values: &ArrayRef) -> DataFusionResult<ScalarValue> {
    let mut least = MinAccumulator::try_new(values.data_type())?;
    least.update_batch(std::slice::from_ref(values))?;
    least.evaluate()
}

fn maximum(values: &ArrayRef) -> DataFusionResult<ScalarValue> {
    let mut greatest = MaxAccumulator::try_new(values.data_type())?;
    greatest.update_batch(std::slice::from_ref(values))?;
    greatest.evaluate()
}

impl Description {
    fn new(files: &RecordBatch, schema: &TableSchema) -> Result<Self> {
        let text = cast(&required(files, "path")?, &DataType::Utf8)?;
        let partition = match files.column_by_name("partition").and_then(|p| p.as_struct_opt()) {
            Some(values) => StructArray::columns(values).to_vec(),
            None => Vec::new(),
        };
        if partition.len() != schema.table_partition_cols().len() {
            return Err(Error::new(code::INTERNAL, "Partition columns and values differ."));
        }
        Ok(Self {
            path: text.as_string::<i32>().clone(),
            size: int64(&required(files, "size")?)?,
            last_modified: int64(&required(files, "last_modified")?)?,
            store: files.column_by_name("store").map(int64).transpose()?,
            partition,
            skips_rows: files.column_by_name("skips_rows").map(boolean).transpose()?,
        })
    }
}

impl FileList {
    /// `lister` describes the files where the batch only has their statistics; `row_skipper` tells which
    /// rows of some are to be skipped.
    pub fn new(
        files: RecordBatch,
        lister: Option<UniquePtr<FileLister>>,
        row_skipper: Option<SharedPtr<RowSkipper>>,
        schema: &TableSchema,
    ) -> Result<Self> {
        let description = OnceLock::new();
        if lister.is_none() {
            let _ = description.set(Description::new(&files, schema)?);
        }
        let statistics = ContainerStatistics::new(files.clone());
        let mut columns = Vec::with_capacity(schema.file_schema().fields().len());
        for field in schema.file_schema().fields() {
            if field.data_type().is_nested() {
                columns.push(ColumnBounds::default());
                continue;
            }
            let name = field.name();
            let null_count = statistics.of("null_count", name);
            let exact = statistics.of("exact", name);
            columns.push(ColumnBounds {
                null_count: null_count.as_ref().map(int64).transpose()?,
                min: bounds(statistics.of("min", name), field.data_type()),
                max: bounds(statistics.of("max", name), field.data_type()),
                exact: exact.and_then(|exact| exact.as_boolean_opt().cloned()),
            });
        }
        Ok(Self {
            schema: schema.clone(),
            len: files.num_rows(),
            num_rows: statistics.num_rows().as_ref().map(int64).transpose()?,
            columns,
            lister,
            row_skipper,
            description,
        })
    }

    pub fn len(&self) -> usize {
        self.len
    }

    fn description(&self) -> Result<&Description> {
        let lister = self.lister.as_ref().and_then(|lister| lister.as_ref());
        if let (None, Some(lister)) = (self.description.get(), lister) {
            let mut receiver = BatchReceiver::default();
            lister.list(&mut receiver)?;
            let files = receiver.take()?;
            if files.num_rows() != self.len {
                return Err(Error::new(code::INTERNAL, "Files and statistics differ."));
            }
            let _ = self.description.set(Description::new(&files, &self.schema)?);
        }
        let missing = || Error::new(code::INTERNAL, "The files are not described.");
        self.description.get().ok_or_else(missing)
    }

    /// Of all files, in bytes.
    pub fn total_size(&self) -> Result<Precision<usize>> {
        Ok(total(Some(&self.description()?.size)).to_inexact())
    }

    /// How many groups `groups` makes.
    pub fn num_groups(&self, wanted: usize) -> usize {
        match self.len() {
            0 => 1,
            files => files.div_ceil(files.div_ceil(wanted.max(1))),
        }
    }

    /// The files in groups of about the same number; a plan needs a group, be it an empty one.
    pub fn groups(&self, wanted: usize) -> Result<Vec<FileGroup>> {
        let description = self.description()?;
        let files =
            (0..self.len).map(|row| self.file(description, row)).collect::<Result<Vec<_>>>()?;
        Ok(match files.is_empty() {
            true => vec![FileGroup::new(files)],
            false => FileGroup::new(files).split_files(wanted.max(1)),
        })
    }

    fn file(&self, files: &Description, row: usize) -> Result<PartitionedFile> {
        let location = Path::parse(files.path.value(row)).map_err(|error| {
            Error::new(code::INVALID_ARGUMENT, format!("A file's path is malformed: {error}"))
        })?;
        let size = u64::try_from(files.size.value(row)).unwrap_or(0);
        let last_modified =
            DateTime::from_timestamp_millis(files.last_modified.value(row)).unwrap_or_default();
        let meta = ObjectMeta { location, last_modified, size, e_tag: None, version: None };
        let mut file = PartitionedFile::new_from_meta(meta);
        if let Some(stores) = &files.store {
            let missing = |_| Error::new(code::INTERNAL, "A file's store is no position.");
            file = file
                .with_extension(StoreOfFile(usize::try_from(stores.value(row)).map_err(missing)?));
        }
        file.partition_values = files
            .partition
            .iter()
            .zip(self.schema.table_partition_cols())
            .map(|(values, field)| {
                scalar(ScalarValue::try_from_array(values, row)?, field.data_type())
            })
            .collect::<DataFusionResult<_>>()?;
        if files.skips_rows.as_ref().is_some_and(|skips| skips.is_valid(row) && skips.value(row)) {
            let missing = || Error::new(code::INTERNAL, "Nothing tells the rows to skip.");
            let skipper = self.row_skipper.clone().ok_or_else(missing)?;
            file = file.with_extension(SkippedRows::new(skipper, row)?);
        }
        // Set directly: `with_statistics` would call null partition values "no nulls".
        file.statistics = Some(Arc::new(self.file_statistics(files, row)?));
        Ok(file)
    }

    /// The file's statistics in the order of the table's columns. Its bounds count as exact: they enclose
    /// the values, which is what skipping needs. What would make a column a constant is not given: the
    /// reader would then return what the statistics say, and not what is in the file.
    fn file_statistics(&self, files: &Description, row: usize) -> Result<Statistics> {
        let num_rows = count_at(self.num_rows.as_ref(), row);
        let mut columns = Vec::with_capacity(self.columns.len() + files.partition.len());
        for (column, field) in self.columns.iter().zip(self.schema.file_schema().fields()) {
            let wanted = field.data_type();
            let (mut min_value, mut max_value) = apart(
                value_at(column.min.as_ref(), row, wanted)?,
                value_at(column.max.as_ref(), row, wanted)?,
            );
            if wanted.is_floating() {
                // Writers leave NaN out of them: they do not enclose all values.
                (min_value, max_value) = (min_value.to_inexact(), max_value.to_inexact());
            }
            let null_count = match count_at(column.null_count.as_ref(), row) {
                all if all == num_rows => all.to_inexact(),
                nulls => nulls,
            };
            columns.push(ColumnStatistics {
                null_count,
                min_value,
                max_value,
                ..ColumnStatistics::new_unknown()
            });
        }
        for (values, field) in files.partition.iter().zip(self.schema.table_partition_cols()) {
            let value = value_at(Some(values), row, field.data_type())?;
            let null_count = match value {
                Precision::Absent => num_rows,
                _ => Precision::Exact(0),
            };
            columns.push(ColumnStatistics {
                null_count,
                min_value: value.clone(),
                max_value: value,
                ..ColumnStatistics::new_unknown()
            });
        }
        Ok(Statistics { num_rows, total_byte_size: Precision::Absent, column_statistics: columns })
    }

    /// The statistics of all files together, in the order of the table's columns; those of constant
    /// columns only where they are `needed`, by position.
    pub fn table_statistics(&self, needed: impl Fn(usize) -> bool) -> Result<Statistics> {
        let mut columns = Vec::with_capacity(self.schema.table_schema().fields().len());
        for (column, field) in self.columns.iter().zip(self.schema.file_schema().fields()) {
            columns.push(self.column_statistics(column, field)?);
        }
        for (index, field) in self.schema.table_partition_cols().iter().enumerate() {
            columns.push(match needed(self.columns.len() + index) {
                true => self.partition_statistics(&self.description()?.partition[index], field)?,
                false => ColumnStatistics::new_unknown(),
            });
        }
        // Columns that are made while reading.
        let all = self.schema.table_schema().fields().len();
        columns.resize_with(all, ColumnStatistics::new_unknown);
        Ok(Statistics {
            num_rows: total(self.num_rows.as_ref()),
            total_byte_size: Precision::Absent,
            column_statistics: columns,
        })
    }

    fn column_statistics(&self, column: &ColumnBounds, field: &Field) -> Result<ColumnStatistics> {
        let files = 0..self.len;
        // Bounds are exact where they occur in the data. Files without any value need none.
        let has_values = |row: usize| match (&column.null_count, &self.num_rows) {
            (Some(nulls), Some(rows)) if nulls.is_valid(row) && rows.is_valid(row) => {
                nulls.value(row) != rows.value(row)
            }
            _ => true,
        };
        let exact = !field.data_type().is_floating()
            && column.exact.as_ref().is_some_and(|exact| {
                files
                    .clone()
                    .all(|row| !has_values(row) || (exact.is_valid(row) && exact.value(row)))
            });
        let bound = |values: Option<&ArrayRef>,
                     of: fn(&ArrayRef) -> DataFusionResult<ScalarValue>|
         -> Result<Precision<ScalarValue>> {
            let Some(values) = values else { return Ok(Precision::Absent) };
            if !files.clone().all(|row| values.is_valid(row) || !has_values(row)) {
                return Ok(Precision::Absent);
            }
            let value = of(values)?;
            Ok(match value.is_null() {
                true => Precision::Absent,
                false if exact => Precision::Exact(value),
                false => Precision::Inexact(value),
            })
        };
        Ok(ColumnStatistics {
            null_count: total(column.null_count.as_ref()),
            min_value: bound(column.min.as_ref(), minimum)?,
            max_value: bound(column.max.as_ref(), maximum)?,
            ..ColumnStatistics::new_unknown()
        })
    }

    fn partition_statistics(&self, values: &ArrayRef, field: &Field) -> Result<ColumnStatistics> {
        let rows = self.num_rows.as_ref();
        let nulls = is_null(values)?;
        let null_count = match (values.null_count(), rows) {
            (0, _) => Precision::Exact(0),
            (_, Some(rows)) => {
                let of_nulls = datafusion::arrow::compute::filter(rows, &nulls)?;
                total(Some(of_nulls.as_primitive::<Int64Type>()))
            }
            _ => Precision::Absent,
        };
        // A value counts if there is a row that has it.
        let exact = !field.data_type().is_floating()
            && rows.is_some_and(|rows| {
                rows.null_count() == 0 && rows.values().iter().all(|rows| *rows > 0)
            });
        let bound = |value: ScalarValue| -> Result<Precision<ScalarValue>> {
            if value.is_null() {
                return Ok(Precision::Absent);
            }
            let value = scalar(value, field.data_type())?;
            Ok(if exact { Precision::Exact(value) } else { Precision::Inexact(value) })
        };
        Ok(ColumnStatistics {
            null_count,
            min_value: bound(minimum(values)?)?,
            max_value: bound(maximum(values)?)?,
            ..ColumnStatistics::new_unknown()
        })
    }
}

/// Statistics as one row, in the layout that `datafusion/table_provider.h` documents.
pub fn statistics_to_batch(statistics: &Statistics, schema: &Schema) -> Result<RecordBatch> {
    let count = |value: &Precision<usize>| -> ArrayRef {
        let value = value.get_value().and_then(|value| i64::try_from(*value).ok());
        Arc::new(Int64Array::from(vec![value]))
    };
    let columns = || schema.fields().iter().zip(&statistics.column_statistics);
    let group = |children: Vec<(Arc<Field>, ArrayRef)>| -> ArrayRef {
        match children.is_empty() {
            true => Arc::new(StructArray::new_empty_fields(1, None)),
            false => Arc::new(StructArray::from(children)),
        }
    };
    let named =
        |name: &str, array: &ArrayRef| Arc::new(Field::new(name, array.data_type().clone(), true));
    let mut null_counts = Vec::new();
    let (mut min, mut max, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for (field, column) in columns() {
        if field.data_type().is_nested() {
            continue;
        }
        let nulls = count(&column.null_count);
        null_counts.push((named(field.name(), &nulls), nulls));
        let bound =
            |value: &Precision<ScalarValue>, out: &mut Vec<(Arc<Field>, ArrayRef)>| -> Result<()> {
                let value = match value.get_value() {
                    Some(value) => value.clone(),
                    None => ScalarValue::try_from(field.data_type())?,
                };
                out.push((
                    Arc::new(Field::clone(field).with_nullable(true)),
                    value.to_array_of_size(1)?,
                ));
                Ok(())
            };
        bound(&column.min_value, &mut min)?;
        bound(&column.max_value, &mut max)?;
        let known = column.min_value.get_value().zip(column.max_value.get_value());
        let is_exact = column.min_value.is_exact().unwrap_or(false)
            && column.max_value.is_exact().unwrap_or(false);
        let flag: ArrayRef = Arc::new(BooleanArray::from(vec![known.map(|_| is_exact)]));
        exact.push((named(field.name(), &flag), flag));
    }
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("num_rows", count(&statistics.num_rows), true),
        ("total_byte_size", count(&statistics.total_byte_size), true),
        ("null_count", group(null_counts), true),
        ("min", group(min), true),
        ("max", group(max), true),
        ("exact", group(exact), true),
    ])?)
}

/// The reverse of `statistics_to_batch`.
pub fn statistics_from_batch(batch: RecordBatch, schema: &Schema) -> Result<Statistics> {
    let counts = |array: Option<ArrayRef>| -> Result<Precision<usize>> {
        Ok(count_at(array.as_ref().map(int64).transpose()?.as_ref(), 0))
    };
    let size = counts(batch.column_by_name("total_byte_size").cloned())?;
    let statistics = ContainerStatistics::new(batch);
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if field.data_type().is_nested() {
            columns.push(ColumnStatistics::new_unknown());
            continue;
        }
        let name = field.name();
        let exact = statistics.of("exact", name).is_some_and(|exact| {
            exact.as_boolean_opt().is_some_and(|exact| exact.is_valid(0) && exact.value(0))
        });
        let bound = |kind: &str| -> Result<Precision<ScalarValue>> {
            let values = statistics.of(kind, name);
            let value = value_at(values.as_ref(), 0, field.data_type())?;
            Ok(if exact { value } else { value.to_inexact() })
        };
        columns.push(ColumnStatistics {
            null_count: counts(statistics.of("null_count", name))?,
            min_value: bound("min")?,
            max_value: bound("max")?,
            ..ColumnStatistics::new_unknown()
        });
    }
    Ok(Statistics {
        num_rows: counts(statistics.num_rows())?,
        total_byte_size: size.to_inexact(),
        column_statistics: columns,
    })
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
