//! `object_store`: one handle for every kind of store, rooted at a URL.

use std::collections::HashMap;
use std::future::Future;
use std::path::{Component, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    GetResult, GetResultPayload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    PutPayload,
};
use url::Url;

use crate::border::error::{code, Error, Result};
use crate::border::file_name::name_file;
use crate::border::guard::guard;
use crate::border::redaction::{remember_option, remember_url};
use crate::border::runtime::{self, Birthplace};
use crate::ffi::bridge::{ObjectEntry, Pair};
use crate::store::cloud_store;
use crate::store::exact_store::ExactStore;
use crate::store::local_store::LocalStore;
use crate::store::paged_listing::PagedListing;
use crate::store::pending_file::Durability;
use crate::store::read_buffer::read_whole;

/// Requests of one `get_many` that are under way at a time.
const CONCURRENT_GETS: usize = 32;

/// `memory://` stores by their name.
static MEMORY_STORES: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> =
    LazyLock::new(|| Mutex::new(HashMap::new()));

#[derive(Clone)]
pub struct Store {
    pub store: Arc<dyn ObjectStore>,
    /// The same, where its objects are local files.
    pub local: Option<LocalStore>,
    /// Its listing by pages, if there is one.
    listing: Option<PagedListing>,
    url: Arc<str>,
    root: Arc<str>,
    name: Arc<str>,
    can_list: bool,
    birthplace: Birthplace,
}

pub struct Blob(Bytes);

pub struct BlobList(Vec<Bytes>);

/// A file of the local system is read on this thread: `get_many` polls on the one that waits.
async fn read_object(object: GetResult) -> Result<Bytes> {
    let size = usize::try_from(object.meta.size).unwrap_or(0);
    match object.payload {
        GetResultPayload::File(file, _) => read_whole(&file, size)
            .map_err(|error| name_file::<Error>(&object.meta.location, error).into()),
        GetResultPayload::Stream(_) => Ok(object.bytes().await?),
    }
}

impl Blob {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl BlobList {
    pub fn take(&mut self, index: usize) -> Result<Box<Blob>> {
        let slot = self.0.get_mut(index);
        let slot = slot.ok_or_else(|| Error::new(code::INTERNAL, "No such blob."))?;
        Ok(Box::new(Blob(std::mem::take(slot))))
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(code::INVALID_ARGUMENT, message)
}

/// What must not show in a message: of the options, of the environment, and of the URL itself.
fn remember_secrets(url: &str, options: &[Pair]) {
    remember_url(url);
    for pair in options {
        remember_option(&pair.key, &pair.value);
    }
    for (key, value) in std::env::vars_os() {
        let (Some(key), Some(value)) = (key.to_str(), value.to_str()) else { continue };
        let of_a_store = ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|prefix| key.starts_with(prefix));
        if of_a_store || key.to_ascii_lowercase().ends_with("_proxy") {
            remember_option(key, value);
        }
    }
}

/// A path without `..`, as the file system understands it where the path exists.
fn without_parent_steps(path: PathBuf) -> PathBuf {
    if !path.components().any(|step| step == Component::ParentDir) {
        return path;
    }
    std::fs::canonicalize(&path).unwrap_or_else(|_| {
        let mut collapsed = PathBuf::new();
        for step in path.components() {
            match step {
                Component::ParentDir => {
                    collapsed.pop();
                }
                step => collapsed.push(step),
            }
        }
        collapsed
    })
}

/// The path with the home directory in the place of a leading `~`.
fn with_home(text: &str) -> Result<PathBuf> {
    let rest = match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.trim_start_matches('/'),
        _ => return Ok(PathBuf::from(text)),
    };
    match std::env::home_dir() {
        Some(home) if !home.as_os_str().is_empty() => Ok(home.join(rest)),
        _ => Err(invalid(format!("The home directory is not known, set HOME: {text}"))),
    }
}

fn parse_url(text: &str) -> Result<Url> {
    if text.is_empty() {
        return Err(invalid("The URL or path of a table is empty."));
    }
    if text.contains("://") || text.starts_with("file:") {
        return Url::parse(text).map_err(|error| invalid(format!("The URL is malformed: {error}")));
    }
    if text.contains('\0') {
        return Err(invalid("A path cannot hold a NUL byte."));
    }
    let path = std::path::absolute(with_home(text)?)
        .map_err(|error| invalid(format!("The path is malformed: {error}: {text}")))?;
    let path = without_parent_steps(path);
    Url::from_directory_path(path).map_err(|()| invalid(format!("The path is malformed: {text}")))
}

/// The root as it is shown: no user info, no query, one slash at the end.
fn shown_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Containers of `abfss://container@account` stand where user names do.
    if shown.password().is_some() || matches!(url.scheme(), "http" | "https") {
        let _ = shown.set_password(None);
        let _ = shown.set_username("");
    }
    shown.set_query(None);
    shown.set_fragment(None);
    format!("{}/", shown.as_str().trim_end_matches('/'))
}

/// What stands before a location in the full name of an object: a local path, else the URL.
fn shown_root(url: &Url) -> String {
    let path = match url.scheme() {
        "file" => url.to_file_path().ok(),
        _ => None,
    };
    match path {
        Some(path) => format!("{}/", path.to_string_lossy().trim_end_matches('/')),
        None => shown_url(url),
    }
}

/// The root as people write it: a local path, or a URL without escapes.
fn shown_name(url: &Url) -> String {
    let root = shown_root(url);
    let start = match url.scheme() {
        "file" => return root.trim_end_matches('/').to_string(),
        _ => Url::parse(&root).map(|shown| shown[..url::Position::BeforePath].to_string()),
    };
    match (start, root_path(url)) {
        (Ok(start), Ok(path)) => format!("{start}/{path}").trim_end_matches('/').to_string(),
        _ => root,
    }
}

fn root_path(url: &Url) -> Result<Path> {
    Path::from_url_path(url.path())
        .map_err(|error| invalid(format!("The URL's path is malformed: {error}")))
}

fn memory_store(name: &str) -> Result<Arc<InMemory>> {
    let mut stores = MEMORY_STORES
        .lock()
        .map_err(|_| Error::new(code::INTERNAL, "The table of memory stores is unusable."))?;
    Ok(stores.entry(name.to_string()).or_default().clone())
}

/// The store of a URL, and the listing of it where the store has one by pages.
fn connect(url: &Url, settings: Vec<Pair>) -> Result<(Arc<dyn ObjectStore>, Option<PagedListing>)> {
    let root = root_path(url)?;
    if url.scheme() == "memory" {
        let store = memory_store(url.host_str().unwrap_or_default())?;
        return Ok((Arc::new(PrefixStore::new(store, root)), None));
    }
    let connected = cloud_store::connect(url, settings)?;
    let listing = connected.pages.map(|pages| PagedListing::new(pages, root.clone()));
    Ok((Arc::new(PrefixStore::new(connected.store, root)), listing))
}

/// Whether writes to local files are synced.
fn durability_of(settings: &[Pair]) -> Durability {
    let is_off = settings.iter().any(|pair| pair.key == "durability" && pair.value == "none");
    if is_off {
        Durability::None
    } else {
        Durability::Full
    }
}

/// The store of a URL that names a local folder.
fn local_store(url: &Url, durability: Durability) -> Result<Option<LocalStore>> {
    if url.scheme() != "file" {
        return Ok(None);
    }
    let path =
        url.to_file_path().map_err(|()| invalid(format!("The URL names no local path: {url}")))?;
    Ok(Some(LocalStore::new(path, durability)))
}

/// Opens the store of `url`. `given` are the options as a user wrote them, `settings` what they, and the
/// environment, mean for this store, see `cloud_store::connect`.
pub fn open_store(url: &str, given: Vec<Pair>, settings: Vec<Pair>) -> Result<Box<Store>> {
    guard(|| {
        remember_secrets(url, &given);
        let url = parse_url(url)?;
        // Clients bind to the runtime that they are made in.
        let _runtime = runtime::handle()?.enter();
        let is_limited = settings.iter().any(|pair| pair.key == cloud_store::CONCURRENCY_LIMIT);
        let local = local_store(&url, durability_of(&settings))?;
        let (store, listing): (Arc<dyn ObjectStore>, _) = match &local {
            Some(local) => (Arc::new(local.clone()), None),
            None => connect(&url, settings)?,
        };
        let can_list = !matches!(url.scheme(), "http" | "https");
        Ok(Box::new(Store {
            store: Arc::new(ExactStore::new(store, is_limited)),
            local,
            listing,
            url: shown_url(&url).into(),
            root: shown_root(&url).into(),
            name: shown_name(&url).into(),
            can_list,
            birthplace: Birthplace::here(),
        }))
    })
}

pub fn parse_location(location: &str) -> Result<Path> {
    Path::parse(location).map_err(|error| invalid(format!("The location is malformed: {error}")))
}

pub fn entry(meta: ObjectMeta) -> ObjectEntry {
    ObjectEntry {
        location: meta.location.to_string(),
        size: i64::try_from(meta.size).unwrap_or(i64::MAX),
        last_modified_ms: meta.last_modified.timestamp_millis(),
    }
}

/// The objects whose paths have `depth` parts.
async fn collect_entries(
    mut listing: BoxStream<'static, object_store::Result<ObjectMeta>>,
    depth: usize,
) -> object_store::Result<Vec<ObjectEntry>> {
    /// So many at a time, before others have a turn: a listing of files may never wait.
    const AT_ONCE: usize = 1024;
    let mut entries = Vec::new();
    let mut seen = 0_usize;
    while let Some(meta) = listing.try_next().await? {
        if meta.location.parts().count() == depth {
            entries.push(entry(meta));
        }
        seen += 1;
        if seen.is_multiple_of(AT_ONCE) {
            tokio::task::yield_now().await;
        }
    }
    Ok(entries)
}

impl Store {
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn root(&self) -> &str {
        &self.root
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn can_list(&self) -> bool {
        self.can_list
    }

    pub fn birthplace(&self) -> Birthplace {
        self.birthplace
    }

    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Lets links lead into the folder of `other`, where both are local.
    pub fn allow_links_to(&self, other: &Self) {
        if let (Some(own), Some(other)) = (&self.local, &other.local) {
            own.allow_links_to(other);
        }
    }

    pub fn wait<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        runtime::wait_for_store(self.is_local(), future)
    }

    pub fn verb<T>(&self, body: impl FnOnce() -> Result<T>) -> Result<T> {
        guard(|| {
            self.birthplace.check()?;
            body()
        })
    }

    pub fn get(&self, location: &str) -> Result<Box<Blob>> {
        self.verb(|| {
            let path = parse_location(location)?;
            let bytes = self.wait(async { read_object(self.store.get(&path).await?).await })?;
            Ok(Box::new(Blob(bytes)))
        })
    }

    pub fn get_range(&self, location: &str, offset: i64, length: i64) -> Result<Box<Blob>> {
        self.verb(|| {
            let path = parse_location(location)?;
            let start = u64::try_from(offset).map_err(|_| invalid("An offset is negative."))?;
            let length = u64::try_from(length).map_err(|_| invalid("A length is negative."))?;
            let range = start..start.saturating_add(length);
            let bytes = self.wait(async { Ok(self.store.get_range(&path, range).await?) })?;
            Ok(Box::new(Blob(bytes)))
        })
    }

    pub fn get_many(&self, locations: Vec<String>) -> Result<Box<BlobList>> {
        self.verb(|| {
            let paths =
                locations.iter().map(|text| parse_location(text)).collect::<Result<Vec<_>>>()?;
            let blobs = self.wait(async {
                futures::stream::iter(paths)
                    .map(|path| {
                        let store = self.store.clone();
                        async move { read_object(store.get(&path).await?).await }
                    })
                    .buffered(CONCURRENT_GETS)
                    .try_collect()
                    .await
            })?;
            Ok(Box::new(BlobList(blobs)))
        })
    }

    pub fn head(&self, location: &str) -> Result<Vec<ObjectEntry>> {
        self.verb(|| {
            let path = parse_location(location)?;
            self.wait(async {
                match self.store.head(&path).await {
                    Ok(meta) => Ok(vec![entry(meta)]),
                    Err(object_store::Error::NotFound { .. }) => Ok(vec![]),
                    Err(error) => Err(error.into()),
                }
            })
        })
    }

    pub fn list(&self, prefix: &str, start_after: &str) -> Result<Vec<ObjectEntry>> {
        self.verb(|| {
            self.check_listing()?;
            let folder = parse_location(prefix)?;
            let offset = parse_location(start_after)?;
            let mut entries: Vec<ObjectEntry> = match &self.local {
                Some(local) => local.list_folder(&folder, start_after)?,
                None => self.wait(self.list_objects(&folder, &offset))?,
            };
            entries.sort_unstable_by(|a, b| a.location.cmp(&b.location));
            Ok(entries)
        })
    }

    pub fn check_listing(&self) -> Result<()> {
        match self.can_list {
            true => Ok(()),
            false => Err(Error::new(
                code::NOT_IMPLEMENTED,
                format!("The store cannot list objects: {}", self.url),
            )),
        }
    }

    /// The objects in `folder`, not those of the folders in it, whose paths are greater than `start_after`.
    async fn list_objects(&self, folder: &Path, start_after: &Path) -> Result<Vec<ObjectEntry>> {
        let depth = folder.parts().count() + 1;
        let objects = match &self.listing {
            Some(listing) => listing.objects(folder, start_after).await?,
            None if start_after.is_root() => {
                self.store.list_with_delimiter(Some(folder)).await?.objects
            }
            // By levels or from an offset: only pages can do both.
            None => {
                let listing = self.store.list_with_offset(Some(folder), start_after);
                return Ok(collect_entries(listing, depth).await?);
            }
        };
        let is_in_folder = |meta: &ObjectMeta| {
            meta.location.parts().count() == depth && meta.location > *start_after
        };
        Ok(objects.into_iter().filter(is_in_folder).map(entry).collect())
    }

    pub fn has_objects(&self, prefix: &str) -> Result<bool> {
        self.verb(|| {
            let folder = parse_location(prefix)?;
            self.wait(async { Ok(self.store.list(Some(&folder)).try_next().await?.is_some()) })
        })
    }

    pub fn list_folders(&self, prefix: &str) -> Result<Vec<String>> {
        self.verb(|| {
            self.check_listing()?;
            let folder = parse_location(prefix)?;
            let mut names: Vec<String> = match &self.local {
                Some(local) => local.folders(&folder)?,
                None => {
                    let listing = self.store.list_with_delimiter(Some(&folder));
                    let found = self.wait(async { Ok(listing.await?) })?;
                    let names = found.common_prefixes.iter().filter_map(|path| path.filename());
                    names.map(str::to_string).collect()
                }
            };
            names.sort_unstable();
            Ok(names)
        })
    }

    fn write(&self, location: &str, bytes: &[u8], mode: PutMode) -> Result<()> {
        self.verb(|| {
            let path = parse_location(location)?;
            if let Some(local) = &self.local {
                return self.wait(async { Ok(local.write(&path, bytes, &mode)?) });
            }
            let payload = PutPayload::from(bytes.to_vec());
            self.wait(async {
                self.store.put_opts(&path, payload, PutOptions::from(mode)).await?;
                Ok(())
            })
        })
    }

    pub fn put_if_absent(&self, location: &str, bytes: &[u8]) -> Result<bool> {
        match self.write(location, bytes, PutMode::Create) {
            Ok(()) => Ok(true),
            Err(error) if error.code() == code::ALREADY_EXISTS => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub fn put(&self, location: &str, bytes: &[u8]) -> Result<()> {
        self.write(location, bytes, PutMode::Overwrite)
    }

    pub fn remove(&self, location: &str) -> Result<()> {
        self.verb(|| {
            let path = parse_location(location)?;
            self.wait(async {
                match self.store.delete(&path).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            })
        })
    }

    pub fn remove_many(&self, locations: Vec<String>) -> Result<()> {
        self.verb(|| self.wait(self.remove_all(locations)))
    }

    /// As `remove_many`, for those who wait otherwise.
    pub async fn remove_all(&self, locations: Vec<String>) -> Result<()> {
        let paths =
            locations.iter().map(|text| parse_location(text)).collect::<Result<Vec<_>>>()?;
        let mut removals = self.store.delete_stream(futures::stream::iter(paths).map(Ok).boxed());
        let mut first_failure = Ok(());
        while let Some(removed) = removals.next().await {
            match removed {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) if first_failure.is_ok() => first_failure = Err(error.into()),
                Err(_) => {}
            }
        }
        first_failure
    }
}
