//! `PartitionedFile` and `Statistics`: what is known of a list of files, each file's part made only
//! when it is asked for.

use std::sync::{Arc, OnceLock};

use chrono::DateTime;
use cxx::{SharedPtr, UniquePtr};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StructArray,
};
use datafusion::arrow::compute::is_null;
use datafusion::arrow::datatypes::{Field, Int64Type};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result as DataFusionResult;
use datafusion::scalar::ScalarValue;
use object_store::path::Path;
use object_store::ObjectMeta;

use crate::border::error::{code, Error, Result};
use crate::columnar::batch_receiver::BatchReceiver;
use crate::ffi::bridge::{FileLister, RowSkipper};
use crate::parquet::parquet_reader::StoreOfFile;
use crate::pruning::ContainerStatistics;
use crate::scan::column_bounds::{
    apart, bounds, count_at, int64, maximum, minimum, scalar, text, total, value_at, ColumnBounds,
};
use crate::scan::row_skipping::SkippedRows;

/// The batch of files, its columns at hand.
pub struct ScannedFiles {
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
    /// What `ScannedFiles::row_skipper` takes for a file with rows to skip.
    rows_to_skip: Option<StringArray>,
}

fn required(files: &RecordBatch, name: &str) -> Result<ArrayRef> {
    files.column_by_name(name).cloned().ok_or_else(|| {
        Error::new(code::INTERNAL, format!("The list of files has no column {name}."))
    })
}

impl Description {
    fn new(files: &RecordBatch, schema: &TableSchema) -> Result<Self> {
        let partition = match files.column_by_name("partition").and_then(|p| p.as_struct_opt()) {
            Some(values) => StructArray::columns(values).to_vec(),
            None => Vec::new(),
        };
        if partition.len() != schema.table_partition_cols().len() {
            return Err(Error::new(code::INTERNAL, "Partition columns and values differ."));
        }
        Ok(Self {
            path: text(&required(files, "path")?)?,
            size: int64(&required(files, "size")?)?,
            last_modified: int64(&required(files, "last_modified")?)?,
            store: files.column_by_name("store").map(int64).transpose()?,
            partition,
            rows_to_skip: files.column_by_name("rows_to_skip").map(text).transpose()?,
        })
    }
}

impl ScannedFiles {
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
        if let Some(rows) = files.rows_to_skip.as_ref().filter(|rows| rows.is_valid(row)) {
            let missing = || Error::new(code::INTERNAL, "Nothing tells the rows to skip.");
            let skipper = self.row_skipper.clone().ok_or_else(missing)?;
            file = file.with_extension(SkippedRows::new(skipper, rows.value(row)));
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
