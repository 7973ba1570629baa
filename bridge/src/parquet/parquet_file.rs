//! A Parquet file of a store, read outside of any plan: its footer, and columns of it as a stream of
//! record batches.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatchIterator;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;
use object_store::path::Path;
use object_store::ObjectStore;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::arrow::ProjectionMask;
use parquet::file::metadata::ParquetMetaData;

use crate::border::error::{code, Error, Result};
use crate::border::file_name::name_file;
use crate::border::guard::guard;
use crate::border::runtime::{self, Birthplace};
use crate::columnar::arrow_border::{export_schema, import_schema};
use crate::ffi::bridge::{ArrowArrayStream, ArrowSchema, FieldPath, RowRange};
use crate::parquet::chunk_reader::{NamedReader, StoreChunks};
use crate::parquet::claimed_sizes::ColumnChunks;
use crate::parquet::decoding::decode;
use crate::parquet::file_types::file_schema;
use crate::parquet::footer_statistics::footer_statistics;
use crate::parquet::parquet_reader::{lacks_page_index, load_footer, load_page_index};
use crate::parquet::row_bounds::row_bounds;
use crate::store::object_store::{parse_location, Store};

/// Rows of a batch.
const BATCH_ROWS: usize = 1024;
/// More rows than a file has.
const NO_END: i64 = 1 << 60;
/// Fewer rows are not worth a range of their own.
const LEAST_ROWS: i64 = 8192;

pub struct ParquetFile {
    pub store: Arc<dyn ObjectStore>,
    pub path: Path,
    pub size: u64,
    /// Whether the store's objects are files.
    pub is_local: bool,
    pub birthplace: Birthplace,
    footer: ArrowReaderMetadata,
}

impl Store {
    pub fn open_parquet(&self, location: &str, size: i64) -> Result<Box<ParquetFile>> {
        self.verb(|| {
            let path = parse_location(location)?;
            let size = u64::try_from(size)
                .map_err(|_| Error::new(code::INVALID_ARGUMENT, "A file size is negative."))?;
            let (store, is_local) = (self.store.clone(), self.is_local());
            let file = ParquetFile::open(store, path, size, is_local, self.birthplace())?;
            Ok(Box::new(file))
        })
    }
}

/// Texts and bytes as views, which need no copy of what a page holds.
fn with_views(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => DataType::List(with_views(item)),
        DataType::Map(entries, sorted) => DataType::Map(with_views(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(with_views).collect()),
        _ => return field.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

impl ParquetFile {
    pub fn open(
        store: Arc<dyn ObjectStore>,
        path: Path,
        size: u64,
        is_local: bool,
        birthplace: Birthplace,
    ) -> Result<Self> {
        let named = |error| Error::from(name_file::<Error>(&path, error));
        let footer = load_footer(store.as_ref(), &path, size);
        let metadata = runtime::wait_for_store(is_local, footer).map_err(named)?;
        // Types by the Parquet schema alone, whatever Arrow schema a writer embedded.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let plain = ArrowReaderMetadata::try_new(metadata.clone(), options.clone())
            .map_err(|error| named(error.into()))?;
        let fields: Vec<FieldRef> = plain.schema().fields().iter().map(with_views).collect();
        let schema = Schema::new_with_metadata(fields, plain.schema().metadata().clone());
        let mut leaves = plain.parquet_schema().columns().iter();
        if leaves.any(|leaf| leaf.path().parts().iter().any(|name| name.contains('\0'))) {
            let error = Error::new(code::CORRUPT_DATA, "The name of a column holds a zero.");
            return Err(named(error));
        }
        let footer = ArrowReaderMetadata::try_new(metadata, options.with_schema(Arc::new(schema)))
            .map_err(|error| named(error.into()))?;
        Ok(Self { store, path, size, is_local, birthplace, footer })
    }

    /// Those of its row groups, whatever the footer says about the file.
    pub fn num_rows(&self) -> i64 {
        let groups = self.footer.metadata().row_groups().iter();
        groups.fold(0, |sum, group| sum.saturating_add(group.num_rows().max(0)))
    }

    /// The leaves at or below `column`.
    fn leaves(&self, column: &str) -> Vec<usize> {
        let leaves = self.footer.parquet_schema().columns().iter().enumerate();
        let below = leaves.filter(|(_, leaf)| {
            let rest = leaf.path().string();
            let rest = rest.strip_prefix(column).map(str::to_owned);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        below.map(|(index, _)| index).collect()
    }

    /// Bytes of the column chunks at or below `column`.
    pub fn stored_size(&self, column: &str) -> i64 {
        let leaves = self.leaves(column);
        let groups = self.footer.metadata().row_groups().iter();
        let chunks = groups.flat_map(|group| leaves.iter().map(|leaf| group.column(*leaf)));
        chunks.fold(0, |sum, chunk| sum.saturating_add(chunk.compressed_size().max(0)))
    }

    /// Up to `parts` ranges of rows that cover the file.
    pub fn split_rows(&self, parts: usize) -> Vec<RowRange> {
        let parts = i64::try_from(parts.max(1)).unwrap_or(i64::MAX);
        let all = self.num_rows();
        let share = (all / parts).saturating_add(1).max(LEAST_ROWS);
        let mut ends: Vec<i64> = (1..parts).map(|part| share.saturating_mul(part)).collect();
        if !self.is_local {
            let groups = self.footer.metadata().row_groups().iter();
            let borders = groups.scan(0_i64, |end, group| {
                *end = end.saturating_add(group.num_rows());
                Some(*end)
            });
            let borders: Vec<i64> = borders.collect();
            for end in &mut ends {
                let border = borders.iter().find(|border| *border >= end);
                *end = border.copied().unwrap_or(all);
            }
        }
        ends.retain(|end| *end < all);
        // All that there is, whatever the footer says about it.
        ends.push(i64::MAX);
        ends.dedup();
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(&ends).map(|(begin, end)| RowRange { begin, end: *end }).collect()
    }

    /// Whether the statistics say of every leaf at or below `column` that it holds nothing but nulls.
    pub fn is_null(&self, column: &str) -> bool {
        let metadata = self.footer.metadata();
        self.leaves(column).into_iter().all(|index| {
            metadata.row_groups().iter().all(|group| {
                let chunk = group.column(index);
                let nulls = chunk.statistics().and_then(|statistics| statistics.null_count_opt());
                nulls.is_some_and(|nulls| u64::try_from(chunk.num_values()) == Ok(nulls))
            })
        })
    }

    /// The footer with the page index, where the file has one.
    fn indexed_footer(&self) -> Result<Arc<ParquetMetaData>> {
        let footer = self.footer.metadata();
        if !lacks_page_index(footer) {
            return Ok(footer.clone());
        }
        let index = load_page_index(footer, self.store.as_ref(), &self.path, self.size);
        Ok(Arc::new(runtime::wait_for_store(self.is_local, index)?))
    }

    /// # Safety
    /// `out` points to memory for an `ArrowArrayStream`.
    pub unsafe fn bounds(&self, columns: Vec<String>, out: *mut ArrowArrayStream) -> Result<()> {
        guard(|| {
            self.birthplace.check()?;
            let schema = self.footer.parquet_schema();
            let leaf = |name: &String| {
                let mut leaves = schema.columns().iter().enumerate();
                let (index, _) = leaves.find(|(_, leaf)| leaf.path().string() == *name)?;
                Some((name.clone(), index))
            };
            let leaves: Vec<(String, usize)> = columns.iter().filter_map(leaf).collect();
            let bounds = self
                .indexed_footer()
                .and_then(|footer| decode(|| row_bounds(&footer, &leaves))?)
                .map_err(|error| Error::from(name_file(&self.path, error)))?;
            let schema = bounds.schema();
            let bounds = RecordBatchIterator::new([Ok(bounds)], schema);
            std::ptr::write(out.cast(), FFI_ArrowArrayStream::new(Box::new(bounds)));
            Ok(())
        })
    }

    /// # Safety
    /// `out` points to memory for an `ArrowSchema`.
    pub unsafe fn schema(&self, out: *mut ArrowSchema) -> Result<()> {
        guard(|| {
            let schema = decode(|| file_schema(self.footer.metadata()))?;
            let schema = schema.map_err(|error| Error::from(name_file(&self.path, error)))?;
            export_schema(&schema, out)
        })
    }

    /// # Safety
    /// `types` points to a valid `ArrowSchema`, and `out` to memory for an `ArrowArrayStream`.
    pub unsafe fn statistics(
        &self,
        columns: Vec<FieldPath>,
        types: *mut ArrowSchema,
        out: *mut ArrowArrayStream,
    ) -> Result<()> {
        guard(|| {
            let types = import_schema(types)?;
            let paths: Vec<Vec<String>> = columns.into_iter().map(|path| path.names).collect();
            let statistics = decode(|| footer_statistics(self.footer.metadata(), &paths, &types))
                .and_then(|statistics| statistics)
                .map_err(|error| Error::from(name_file(&self.path, error)))?;
            let schema = statistics.schema();
            let statistics = RecordBatchIterator::new([Ok(statistics)], schema);
            std::ptr::write(out.cast(), FFI_ArrowArrayStream::new(Box::new(statistics)));
            Ok(())
        })
    }

    /// # Safety
    /// `out` points to memory for an `ArrowArrayStream`.
    pub unsafe fn read(
        &self,
        columns: Vec<String>,
        rows: &[RowRange],
        out: *mut ArrowArrayStream,
    ) -> Result<()> {
        guard(|| {
            self.birthplace.check()?;
            let projection = if columns.is_empty() {
                ProjectionMask::all()
            } else {
                // The mask of the crate takes names for paths, and those may hold dots.
                let leaves = columns.iter().flat_map(|column| self.leaves(column));
                ProjectionMask::leaves(self.footer.parquet_schema(), leaves)
            };
            let chunks = StoreChunks::open(
                self.store.clone(),
                self.path.clone(),
                self.size,
                self.is_local,
                ColumnChunks::new(self.footer.metadata()),
            )?;
            let mut builder =
                ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, self.footer.clone())
                    .with_projection(projection)
                    .with_batch_size(BATCH_ROWS);
            if rows.iter().any(|range| range.begin > 0 || range.end < i64::MAX) {
                builder = builder.with_row_selection(self.select(rows));
            }
            let reader = decode(|| builder.build())
                .and_then(|reader| reader.map_err(Error::from))
                .map_err(|error| Error::from(name_file(&self.path, error)))?;
            let reader =
                NamedReader { reader, path: self.path.clone(), birthplace: self.birthplace };
            std::ptr::write(out.cast(), FFI_ArrowArrayStream::new(Box::new(reader)));
            Ok(())
        })
    }

    /// Ascending ranges, as far as the file has such rows; the last one may have no end.
    fn select(&self, rows: &[RowRange]) -> RowSelection {
        let is_open = rows.last().is_some_and(|range| range.end == i64::MAX);
        let all = if is_open { NO_END } else { self.num_rows() };
        let place = |row: i64| usize::try_from(row.clamp(0, all)).unwrap_or(0);
        let ranges: Vec<Range<usize>> =
            rows.iter().map(|range| place(range.begin)..place(range.end)).collect();
        RowSelection::from_consecutive_ranges(ranges.into_iter(), place(all))
    }
}
