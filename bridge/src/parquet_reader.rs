//! How a scan reads Parquet: through the session's footer cache, errors naming the file.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
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
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use crate::error::{code, Error};
use crate::file_types::check_types;

/// Makes readers of the files of one store.
#[derive(Debug)]
pub struct NamingReaderFactory {
    store: Arc<dyn ObjectStore>,
    /// The columns of the table that files may have.
    schema: SchemaRef,
    cache: Arc<FileMetadataCache>,
}

impl NamingReaderFactory {
    /// `scope` tells the store's files from those of other stores in the session's `cache`.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        scope: &str,
        schema: SchemaRef,
        cache: Arc<FileMetadataCache>,
    ) -> Self {
        Self { store, schema, cache: Arc::new(ScopedCache { scope: Path::from(scope), cache }) }
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
    metadata_size_hint: Option<usize>,
    file: PartitionedFile,
}

/// Names the file in an error, once.
fn name_file(file: &Path, error: impl Into<Error>) -> ParquetError {
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
        async move {
            let metadata = DFParquetMetadata::new(&self.store, &self.file.object_meta)
                .with_file_metadata_cache(Some(self.cache.clone()))
                .with_metadata_size_hint(self.metadata_size_hint)
                .with_page_index_policy(options.map(ArrowReaderOptions::column_index_policy))
                .fetch_metadata()
                .await
                .map_err(|error| name_file(self.file.path(), error))?;
            check_types(&metadata, &self.schema)
                .map_err(|error| name_file(self.file.path(), error))?;
            Ok(metadata)
        }
        .boxed()
    }
}

/// Reads a file of a store outside of any plan.
pub struct StoreReader {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
}

impl StoreReader {
    pub fn new(store: Arc<dyn ObjectStore>, path: Path, size: u64) -> Self {
        Self { store, path, size }
    }
}

impl AsyncFileReader for StoreReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let path = self.path.clone();
        async move {
            let bytes = self.store.get_range(&path, range).await;
            bytes.map_err(|error| name_file(&path, error))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        let path = self.path.clone();
        async move {
            let bytes = self.store.get_ranges(&path, &ranges).await;
            bytes.map_err(|error| name_file(&path, error))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let (path, size) = (self.path.clone(), self.size);
        ParquetMetaDataReader::new()
            .load_and_finish(self, size)
            .map_ok(Arc::new)
            .map_err(move |error| name_file(&path, error))
            .boxed()
    }
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
