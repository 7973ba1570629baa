//! How a scan reads Parquet: through the session's footer cache, errors naming the file.

use std::hash::{DefaultHasher, Hash, Hasher};
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
use futures::FutureExt;
use hashbrown::HashMap;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    FileMetaData, KeyValue, PageIndexPolicy, ParquetMetaData, ParquetMetaDataBuilder,
    ParquetMetaDataPushDecoder,
};
use parquet::DecodeResult;

use crate::border::error::{code, Error, Result};
use crate::border::file_name::{name_file, FILE_KEY};
use crate::parquet::claimed_sizes::{check_schema, ColumnChunks};
use crate::parquet::column_groups::ColumnGroups;
use crate::parquet::column_names::{annotate_texts, ColumnNames};
use crate::parquet::decoding::decode;
use crate::parquet::file_types::check_types;
use crate::store::local_store::LocalStore;
use crate::store::object_store::Store;

/// What is read at the end of a file outside of any plan, in the hope that the footer is in it.
const METADATA_SIZE_HINT: usize = 64 * 1024;

/// Which store of a scan a file is in: an extension of its `PartitionedFile`. Without one it is in the
/// first.
#[derive(Debug, Clone, Copy)]
pub struct StoreOfFile(pub usize);

/// Reads the footers of the files of some stores, through the session's cache of them.
#[derive(Debug)]
pub struct FooterReader {
    stores: Vec<ScannedStore>,
    /// What is looked for in files.
    columns: FileColumns,
    /// What is read at the end of a file in the hope that the footer is in it.
    pub size_hint: Option<usize>,
    /// Whether the cache keeps the page index of a file that is used again.
    pub keep_page_index: bool,
    /// What is added to the error for a file that is not there.
    pub missing_file_note: String,
}

#[derive(Debug)]
struct ScannedStore {
    store: Arc<dyn ObjectStore>,
    /// The same, where its objects are local files.
    local: Option<LocalStore>,
    /// What errors put before a file's path.
    root: Arc<str>,
    cache: Arc<FileMetadataCache>,
}

/// What is looked for in files.
#[derive(Debug, Hash)]
struct FileColumns {
    /// The columns of the table that files may have.
    schema: SchemaRef,
    /// How files name them, if not by these names.
    names: Option<ColumnNames>,
    groups: Option<ColumnGroups>,
}

impl FileColumns {
    /// The footer with the table's names, and with groups of columns where there are many, if the file's
    /// columns can be read as the table's.
    fn adopt(&self, footer: ParquetMetaData) -> Result<ParquetMetaData> {
        let footer = match &self.names {
            Some(names) => names.rename(footer)?,
            None => footer,
        };
        let footer = annotate_texts(footer, &self.schema)?;
        check_types(&footer, &self.schema)?;
        match &self.groups {
            Some(groups) => groups.group(footer, &self.schema),
            None => Ok(footer),
        }
    }
}

impl FooterReader {
    /// Footers are kept in `cache`, by store and columns: those of local files for all that share the
    /// cache, others for the session `session_id`, since nothing tells that such a file was replaced.
    pub fn new(
        stores: &[Store],
        schema: SchemaRef,
        names: Option<ColumnNames>,
        groups: Option<ColumnGroups>,
        cache: &Arc<FileMetadataCache>,
        session_id: &str,
    ) -> Self {
        let columns = FileColumns { schema, names, groups };
        // A footer is kept as it was adopted for these very columns.
        let mut hasher = DefaultHasher::new();
        columns.hash(&mut hasher);
        let adopted = hasher.finish();
        let stores = stores.iter().enumerate().map(|(index, store)| {
            let user = if store.local.is_some() { "" } else { session_id };
            let scope = Path::from(format!("{user}/{}/{adopted:016x}", store.url()));
            ScannedStore {
                store: store.store.clone(),
                local: store.local.clone(),
                // Paths in the first store are those that the table knows.
                root: if index == 0 { "".into() } else { store.root().into() },
                cache: Arc::new(ScopedCache { scope, cache: cache.clone() }),
            }
        });
        let stores = stores.collect();
        Self {
            stores,
            columns,
            size_hint: None,
            keep_page_index: false,
            missing_file_note: String::new(),
        }
    }

    /// Names the file in an error, and says more where it is not there.
    fn explain(&self, file: &str, error: impl Into<Error>) -> ParquetError {
        let error = error.into();
        let is_missing = error.code() == code::FILE_NOT_FOUND && !self.missing_file_note.is_empty();
        if !is_missing || error.message().contains(&self.missing_file_note) {
            return name_file(file, error);
        }
        let error = Error::from(name_file(file, error));
        Error::new(error.code(), format!("{}. {}", error.message(), self.missing_file_note)).into()
    }

    fn store_of(&self, file: &PartitionedFile) -> Result<&ScannedStore> {
        let index = file.extension::<StoreOfFile>().map_or(0, |store| store.0);
        let unknown = || Error::new(code::INTERNAL, "A file is in no store of the scan.");
        self.stores.get(index).ok_or_else(unknown)
    }

    /// The file's name in errors.
    pub fn name_of(&self, file: &PartitionedFile) -> Result<Arc<str>> {
        Ok(self.store_of(file)?.name_of(file))
    }

    /// Reads a file's footer without its page index.
    pub async fn read(
        &self,
        file: &PartitionedFile,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        self.read_with(file, file.metadata_size_hint, PageIndexPolicy::Skip).await
    }

    async fn read_with(
        &self,
        file: &PartitionedFile,
        size_hint: Option<usize>,
        policy: PageIndexPolicy,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        let store = self.store_of(file)?;
        let meta = &file.object_meta;
        // A scan asks for the footer alone, and then reads the page index by itself, each time, unless
        // it is there. So the second use of a file brings it into the cache.
        let wants_index = self.keep_page_index || policy != PageIndexPolicy::Skip;
        let known = store.known(meta);
        let policy = match store.cached(&known) {
            Some(metadata) if wants_index && lacks_page_index(&metadata) => {
                PageIndexPolicy::Optional
            }
            Some(metadata) => return Ok(metadata),
            None => policy,
        };
        let name = store.name_of(file);
        let hint = size_hint.or(self.size_hint);
        let metadata = load_metadata(store.store.as_ref(), &meta.location, meta.size, hint, policy)
            .await
            .and_then(|footer| self.columns.adopt(footer))
            .map_err(|error| self.explain(&name, error))?;
        let metadata = Arc::new(with_name(metadata, &name));
        let cached = Arc::new(CachedParquetMetaData::new(metadata.clone()));
        store.cache.put(&meta.location, CachedFileMetadataEntry::new(known, cached));
        Ok(metadata)
    }
}

impl ScannedStore {
    /// The file's name in errors.
    fn name_of(&self, file: &PartitionedFile) -> Arc<str> {
        format!("{}{}", self.root, file.path()).into()
    }

    /// What the cache knows a file by. The time that its table's log has for it may be that of one that
    /// it has replaced.
    fn known(&self, file: &ObjectMeta) -> ObjectMeta {
        let mut known = file.clone();
        let changed = self.local.as_ref().and_then(|local| local.changed(&file.location));
        known.last_modified = changed.unwrap_or(file.last_modified);
        known
    }

    /// The footer in the cache, if it is of this very file.
    fn cached(&self, file: &ObjectMeta) -> Option<Arc<ParquetMetaData>> {
        let entry = self.cache.get(&file.location).filter(|entry| entry.is_valid_for(file))?;
        let cached = entry.file_metadata.as_any().downcast_ref::<CachedParquetMetaData>()?;
        Some(cached.parquet_metadata().clone())
    }
}

/// Makes readers of the files of some stores.
#[derive(Debug)]
pub struct NamingReaderFactory {
    footers: Arc<FooterReader>,
}

impl NamingReaderFactory {
    pub fn new(footers: Arc<FooterReader>) -> Self {
        Self { footers }
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
        let store = self.footers.store_of(&file)?;
        // The inner reader counts the bytes; footers go through the cache below.
        let inner = DefaultParquetFileReaderFactory::new(store.store.clone());
        Ok(Box::new(NamingReader {
            inner: inner.create_reader(partition, file.clone(), metadata_size_hint, metrics)?,
            name: store.name_of(&file),
            footers: self.footers.clone(),
            metadata_size_hint,
            file,
            pages: None,
        }))
    }
}

impl NamingReader {
    fn check_within_file(&self, ranges: &[Range<u64>]) -> parquet::errors::Result<()> {
        check_within_file(ranges, self.file.object_meta.size)
            .map_err(|error| name_file(&self.name, error))
    }
}

struct NamingReader {
    inner: Box<dyn AsyncFileReader + Send>,
    /// The file's, in errors.
    name: Arc<str>,
    footers: Arc<FooterReader>,
    metadata_size_hint: Option<usize>,
    file: PartitionedFile,
    /// The footer and what it says about pages, once it is read.
    pages: Option<(Arc<ParquetMetaData>, ColumnChunks)>,
}

impl AsyncFileReader for NamingReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let checked = self.check_within_file(std::slice::from_ref(&range));
        async move {
            checked?;
            let read = self.inner.get_bytes(range).await;
            read.map_err(|error| self.footers.explain(&self.name, error))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        let within_file = self.check_within_file(&ranges);
        async move {
            within_file?;
            let read = self.inner.get_byte_ranges(ranges.clone()).await;
            let checked = read.map_err(Error::from).and_then(|read| match &self.pages {
                Some((footer, pages)) => {
                    let bytes = read.iter().map(Bytes::as_ref);
                    pages.check(footer, ranges.iter().zip(bytes)).map(|()| read)
                }
                None => Ok(read),
            });
            checked.map_err(|error| self.footers.explain(&self.name, error))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let policy = options.map_or(PageIndexPolicy::Optional, |o| o.column_index_policy());
        async move {
            let hint = self.metadata_size_hint;
            let footer = self.footers.clone().read_with(&self.file, hint, policy).await?;
            self.pages = Some((footer.clone(), ColumnChunks::new(&footer)));
            Ok(footer)
        }
        .boxed()
    }
}

/// Whether there is a page index in the file that was not read.
pub fn lacks_page_index(metadata: &ParquetMetaData) -> bool {
    let is_read = metadata.column_index().is_some() && metadata.offset_index().is_some();
    let mut columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    !is_read
        && columns.any(|column| {
            column.column_index_offset().is_some() && column.offset_index_offset().is_some()
        })
}

fn with_name(metadata: ParquetMetaData, name: &str) -> ParquetMetaData {
    let file = metadata.file_metadata();
    let mut pairs = file.key_value_metadata().cloned().unwrap_or_default();
    // What is stored is told by the Parquet types alone. The Arrow schema that a writer embedded may
    // say anything, has the names of renamed columns, and its decoder knows no deep nesting.
    pairs.retain(|pair| pair.key != FILE_KEY && pair.key != ARROW_SCHEMA_META_KEY);
    pairs.push(KeyValue::new(FILE_KEY.to_string(), name.to_string()));
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_string),
        Some(pairs),
        file.schema_descr_ptr(),
        file.column_orders().cloned(),
    );
    let mut parts = metadata.into_builder();
    ParquetMetaDataBuilder::new(file)
        .set_row_groups(parts.take_row_groups())
        .set_column_index(parts.take_column_index())
        .set_offset_index(parts.take_offset_index())
        .build()
}

/// Bytes at the end of a file that tell the footer's length and end with the magic number.
const TAIL: usize = 8;

/// Where the footer is. The decoder takes for granted that it lies within the file.
fn footer_range(end: &[u8], size: u64) -> Result<Range<u64>> {
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
    let after = size - TAIL as u64;
    Ok(after - length..after)
}

/// Reads the footer, with one request if it fits into `hint` bytes.
async fn load_metadata(
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
    hint: Option<usize>,
    policy: PageIndexPolicy,
) -> Result<ParquetMetaData> {
    if size < TAIL as u64 {
        return Err(Error::new(code::CORRUPT_DATA, "The file is too short for Parquet."));
    }
    let prefetch = hint.unwrap_or(TAIL).max(TAIL) as u64;
    let range = size.saturating_sub(prefetch)..size;
    let end = store.get_range(path, range.clone()).await?;
    let footer = footer_range(&end, size)?;
    let mut decoder = ParquetMetaDataPushDecoder::try_new(size)?.with_page_index_policy(policy);
    if footer.start >= range.start {
        let at = |place: u64| usize::try_from(place - range.start).unwrap_or(usize::MAX);
        check_schema(end.get(at(footer.start)..at(footer.end)).unwrap_or_default())?;
    } else {
        let bytes = store.get_range(path, footer.clone()).await?;
        check_schema(&bytes)?;
        decoder.push_ranges(vec![footer], vec![bytes])?;
    }
    decoder.push_ranges(vec![range], vec![end])?;
    decode_metadata(decoder, store, path, size).await
}

/// Reads what a decoder asks for until it has all.
async fn decode_metadata(
    mut decoder: ParquetMetaDataPushDecoder,
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
) -> Result<ParquetMetaData> {
    loop {
        match decode(|| decoder.try_decode())?? {
            DecodeResult::Data(metadata) => return Ok(metadata),
            DecodeResult::NeedsData(ranges) => {
                check_within_file(&ranges, size)?;
                let bytes = store.get_ranges(path, &ranges).await?;
                decoder.push_ranges(ranges, bytes)?;
            }
            DecodeResult::Finished => {
                return Err(Error::new(code::INTERNAL, "A footer was decoded twice."));
            }
        }
    }
}

/// What the footer names must be there before memory is taken for it.
fn check_within_file(ranges: &[Range<u64>], size: u64) -> Result<()> {
    if ranges.iter().all(|range| range.start <= range.end && range.end <= size) {
        return Ok(());
    }
    let text = format!("The footer names bytes beyond the end of the file, which has {size}.");
    Err(Error::new(code::CORRUPT_DATA, text))
}

/// Reads the footer of a file outside of any plan.
pub async fn load_footer(
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
) -> Result<Arc<ParquetMetaData>> {
    let hint = Some(METADATA_SIZE_HINT);
    Ok(Arc::new(load_metadata(store, path, size, hint, PageIndexPolicy::Skip).await?))
}

/// Adds the page index to a footer, if the file has one.
pub async fn load_page_index(
    footer: &ParquetMetaData,
    store: &dyn ObjectStore,
    path: &Path,
    size: u64,
) -> Result<ParquetMetaData> {
    let decoder = ParquetMetaDataPushDecoder::try_new_with_metadata(size, footer.clone())?
        .with_page_index_policy(PageIndexPolicy::Optional);
    decode_metadata(decoder, store, path, size).await
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
