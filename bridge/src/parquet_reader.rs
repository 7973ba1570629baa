//! How a scan reads Parquet: through the session's footer cache, errors naming the file.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::CachedParquetMetaData;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::execution::cache::cache_manager::{CachedFileMetadataEntry, FileMetadataCache};
use datafusion::execution::cache::{Cache, CacheEntryInfo};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use hashbrown::HashMap;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};
use parquet::DecodeResult;

use crate::error::{code, Error, Result};
use crate::file_types::check_types;

/// What is read at the end of a file outside of any plan, in the hope that the footer is in it.
const METADATA_SIZE_HINT: usize = 64 * 1024;

/// Makes readers of the files of one store.
#[derive(Debug)]
pub struct NamingReaderFactory {
    store: Arc<dyn ObjectStore>,
    /// The columns of the table that files may have.
    schema: SchemaRef,
    cache: Arc<FileMetadataCache>,
    keep_page_index: bool,
}

impl NamingReaderFactory {
    /// `scope` tells the store's files from those of other stores in the session's `cache`.
    /// `keep_page_index` has the cache keep it of files that are used again.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        scope: &str,
        schema: SchemaRef,
        cache: Arc<FileMetadataCache>,
        keep_page_index: bool,
    ) -> Self {
        let cache = Arc::new(ScopedCache { scope: Path::from(scope), cache });
        Self { store, schema, cache, keep_page_index }
    }
}

impl ParquetFileReaderFactory for NamingReaderFactory {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::error::Result<Box<dyn AsyncFileReader + Send>> {
        // The inner reader counts the bytes; footers go through the cache below.
        let inner = DefaultParquetFileReaderFactory::new(self.store.clone());
        Ok(Box::new(NamingReader {
            inner: inner.create_reader(partition, file.clone(), metadata_size_hint, metrics)?,
            store: self.store.clone(),
            schema: self.schema.clone(),
            cache: self.cache.clone(),
            keep_page_index: self.keep_page_index,
            metadata_size_hint,
            file,
        }))
    }
}

struct NamingReader {
    inner: Box<dyn AsyncFileReader + Send>,
    store: Arc<dyn ObjectStore>,
    schema: SchemaRef,
    cache: Arc<FileMetadataCache>,
    keep_page_index: bool,
    metadata_size_hint: Option<usize>,
    file: PartitionedFile,
}

/// Names the file in an error, once.
pub fn name_file<E: Into<Error>>(file: &Path, error: E) -> ParquetError {
    let error = error.into();
    match error.code() {
        _ if error.message().contains(file.as_ref()) => error.into(),
        code::EXECUTION | code::INTERNAL => {
            Error::new(code::CORRUPT_DATA, format!("{file}: {}", error.message())).into()
        }
        code => Error::new(code, format!("{file}: {}", error.message())).into(),
    }
}

impl AsyncFileReader for NamingReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let path = self.file.path().clone();
        self.inner.get_bytes(range).map_err(move |error| name_file(&path, error)).boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        let path = self.file.path().clone();
        self.inner.get_byte_ranges(ranges).map_err(move |error| name_file(&path, error)).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let asked = options.map_or(PageIndexPolicy::Optional, |o| o.column_index_policy());
        async move {
            let meta = &self.file.object_meta;
            // A scan asks for the footer alone, and then reads the page index by itself, each time,
            // unless it is there. So the second use of a file brings it into the cache.
            let wants_index = asked != PageIndexPolicy::Skip || self.keep_page_index;
            let policy = match self.cached() {
                Some(metadata) if !(wants_index && lacks_page_index(&metadata)) => {
                    return Ok(metadata);
                }
                Some(_) => PageIndexPolicy::Optional,
                None => asked,
            };
            let metadata = load_metadata(
                self.store.as_ref(),
                &meta.location,
                meta.size,
                self.metadata_size_hint,
                policy,
            )
            .await
            .and_then(|metadata| check_types(&metadata, &self.schema).map(|()| metadata))
            .map_err(|error| name_file(&meta.location, error))?;
            let cached = Arc::new(CachedParquetMetaData::new(metadata.clone()));
            self.cache.put(&meta.location, CachedFileMetadataEntry::new(meta.clone(), cached));
            Ok(metadata)
        }
        .boxed()
    }
}

impl NamingReader {
    /// The footer in the cache, if it is of this very file.
    fn cached(&self) -> Option<Arc<ParquetMetaData>> {
        let meta = &self.file.object_meta;
        let entry = self.cache.get(&meta.location).filter(|entry| entry.is_valid_for(meta))?;
        let cached = entry.file_metadata.as_any().downcast_ref::<CachedParquetMetaData>()?;
        Some(cached.parquet_metadata().clone())
    }
}

/// Whether there is a page index in the file that was not read.
fn lacks_page_index(metadata: &ParquetMetaData) -> bool {
    let is_read = metadata.column_index().is_some() && metadata.offset_index().is_some();
    let mut columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    !is_read
        && columns.any(|column| {
            column.column_index_offset().is_some() && column.offset_index_offset().is_some()
        })
}

/// Bytes at the end of a file that tell the footer's length and end with the magic number.
const TAIL: usize = 8;

/// Checks what the decoder takes for granted: that the footer lies within the file.
fn check_tail(end: &[u8], size: u64) -> Result<()> {
    let Some([a, b, c, d, magic @ ..]) = end.last_chunk::<TAIL>() else {
        return Err(Error::new(code::INTERNAL, "The end of a file was not read."));
    };
    if magic != b"PAR1" && magic != b"PARE" {
        return Err(Error::new(code::CORRUPT_DATA, "The file does not end as Parquet does."));
    }
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    if length + TAIL as u64 > size {
        let message = format!("The footer has {length} bytes by its own account, the file {size}.");
        return Err(Error::new(code::CORRUPT_DATA, message));
    }
    Ok(())
}

/// Reads the footer, with one request if it fits into `hint` bytes.
async fn load_metadata(
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
    hint: Option<usize>,
    policy: PageIndexPolicy,
) -> Result<Arc<ParquetMetaData>> {
    if size < TAIL as u64 {
        return Err(Error::new(code::CORRUPT_DATA, "The file is too short for Parquet."));
    }
    let prefetch = hint.unwrap_or(TAIL).max(TAIL) as u64;
    let range = size.saturating_sub(prefetch)..size;
    let end = store.get_range(path, range.clone()).await?;
    check_tail(&end, size)?;
    let mut decoder = ParquetMetaDataPushDecoder::try_new(size)?.with_page_index_policy(policy);
    decoder.push_ranges(vec![range], vec![end])?;
    loop {
        match decoder.try_decode()? {
            DecodeResult::Data(metadata) => return Ok(Arc::new(metadata)),
            DecodeResult::NeedsData(ranges) => {
                let bytes = store.get_ranges(path, &ranges).await?;
                decoder.push_ranges(ranges, bytes)?;
            }
            DecodeResult::Finished => {
                return Err(Error::new(code::INTERNAL, "A footer was decoded twice."));
            }
        }
    }
}

/// Reads the footer of a file outside of any plan.
pub async fn load_footer(
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
) -> Result<Arc<ParquetMetaData>> {
    load_metadata(store, path, size, Some(METADATA_SIZE_HINT), PageIndexPolicy::Skip).await
}

/// A view of the session's cache in which locations of one store get a prefix of their own.
#[derive(Debug)]
struct ScopedCache {
    scope: Path,
    cache: Arc<FileMetadataCache>,
}

impl ScopedCache {
    fn key(&self, location: &Path) -> Path {
        self.scope.parts().chain(location.parts()).collect()
    }
}

impl Cache<Path, CachedFileMetadataEntry> for ScopedCache {
    fn get(&self, key: &Path) -> Option<CachedFileMetadataEntry> {
        self.cache.get(&self.key(key))
    }

    fn put(&self, key: &Path, value: CachedFileMetadataEntry) -> Option<CachedFileMetadataEntry> {
        self.cache.put(&self.key(key), value)
    }

    fn remove(&self, key: &Path) -> Option<CachedFileMetadataEntry> {
        self.cache.remove(&self.key(key))
    }

    fn contains_key(&self, key: &Path) -> bool {
        self.cache.contains_key(&self.key(key))
    }

    fn len(&self) -> usize {
        self.cache.len()
    }

    fn clear(&self) {
        self.cache.clear();
    }

    fn name(&self) -> String {
        self.cache.name()
    }

    fn cache_limit(&self) -> usize {
        self.cache.cache_limit()
    }

    fn update_cache_limit(&self, limit: usize) {
        self.cache.update_cache_limit(limit);
    }

    fn cache_ttl(&self) -> Option<Duration> {
        self.cache.cache_ttl()
    }

    fn update_cache_ttl(&self, ttl: Option<Duration>) {
        self.cache.update_cache_ttl(ttl);
    }

    fn drop_table_entries(&self, table: &TableReference) -> datafusion::error::Result<()> {
        self.cache.drop_table_entries(table)
    }

    fn list_entries(&self) -> HashMap<Path, CacheEntryInfo<CachedFileMetadataEntry>> {
        self.cache.list_entries()
    }
}
