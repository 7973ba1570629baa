//! A folder of the local system as an object store. Reads and writes keep within the folder and wait for
//! nobody. What is written is there whole and on the disk, or not at all.

use std::fmt;
use std::fs::{metadata, remove_dir, remove_file, File, Metadata};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path as OsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Error::BadSegment;
use object_store::path::{Path, PathPart};
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};

use crate::border::runtime::read_files;
use crate::ffi::bridge::ObjectEntry;
use crate::store::local_folder::{write_error, LocalFolder, OpenFile};
use crate::store::local_upload::LocalUpload;
use crate::store::pending_file::{Durability, PendingFile};
use crate::store::positioned_read::read_exactly;

/// Ranges that follow each other are read at once, up to so many bytes.
const AT_ONCE: u64 = 4 << 20;

#[derive(Debug, Clone)]
pub struct LocalStore(Arc<LocalFolder>);

impl fmt::Display for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalStore({})", self.0.root().display())
    }
}

fn modified(metadata: &Metadata) -> DateTime<Utc> {
    let nanos = u32::try_from(metadata.mtime_nsec()).unwrap_or(0);
    DateTime::from_timestamp(metadata.mtime(), nanos).unwrap_or_default()
}

fn describe(location: &Path, metadata: &Metadata) -> ObjectMeta {
    ObjectMeta {
        location: location.clone(),
        last_modified: modified(metadata),
        size: metadata.len(),
        e_tag: None,
        version: None,
    }
}

fn unsupported<T>(operation: &str) -> Result<T> {
    Err(object_store::Error::NotImplemented {
        operation: operation.to_string(),
        implementer: "LocalStore".to_string(),
    })
}

impl LocalStore {
    /// The folder at an absolute path.
    pub fn new(root: PathBuf, durability: Durability) -> Self {
        Self(Arc::new(LocalFolder::new(root, durability)))
    }

    /// Lets links lead into the folder of another store, too.
    pub fn allow_links_to(&self, other: &Self) {
        self.0.allow(other.0.root());
    }

    /// What is directly in a folder, as far as it comes after the location `after`.
    pub fn list_folder(&self, folder: &Path, after: &str) -> Result<Vec<ObjectEntry>> {
        let prefix = match folder.as_ref() {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        // The locations in the folder have the prefix in common.
        let after = match after.strip_prefix(prefix.as_str()) {
            Some(name) => name,
            None if after > prefix.as_str() => return Ok(vec![]),
            None => "",
        };
        let entries = self.0.entries(folder, after)?.into_iter();
        let entries = entries.map(|entry| ObjectEntry {
            location: format!("{prefix}{}", entry.name),
            size: i64::try_from(entry.metadata.len()).unwrap_or(i64::MAX),
            last_modified_ms: modified(&entry.metadata).timestamp_millis(),
        });
        Ok(entries.collect())
    }

    pub fn folders(&self, folder: &Path) -> Result<Vec<String>> {
        self.0.folders(folder)
    }

    /// When the file last became another one, or its content another; nothing where there is none. No
    /// program can set this time.
    pub fn changed(&self, location: &Path) -> Option<DateTime<Utc>> {
        let metadata = metadata(self.0.path_of(location)).ok()?;
        DateTime::from_timestamp(metadata.ctime(), u32::try_from(metadata.ctime_nsec()).ok()?)
    }

    /// Writes a file. Fails with `AlreadyExists` where `mode` is `Create` and there is one.
    pub fn write(&self, location: &Path, bytes: &[u8], mode: &PutMode) -> Result<()> {
        let path = self.0.path_to_write(location)?;
        write(&path, [bytes].into_iter(), mode, self.0.durability)
    }
}

fn write<'a>(
    path: &OsPath,
    chunks: impl Iterator<Item = &'a [u8]>,
    mode: &PutMode,
    durability: Durability,
) -> Result<()> {
    let if_absent = match mode {
        PutMode::Overwrite => false,
        PutMode::Create => true,
        PutMode::Update(_) => return unsupported("put with PutMode::Update"),
    };
    let written = || -> io::Result<()> {
        let pending = PendingFile::new(path.to_path_buf(), durability)?;
        for chunk in chunks {
            pending.file().write_all(chunk)?;
        }
        match if_absent {
            true => pending.publish_if_absent(),
            false => pending.publish(),
        }
    };
    written().map_err(|error| write_error(path, error))
}

fn remove(folder: &LocalFolder, location: &Path) -> Result<()> {
    let path = folder.path_to_write(location)?;
    remove_file(&path).map_err(|error| write_error(&path, error))?;
    // Folders are no objects: those that are empty now go as well.
    let below_root = |path: &&OsPath| path.starts_with(&folder.root) && *path != folder.root;
    let mut parent = path.parent().filter(below_root);
    while let Some(empty) = parent.filter(|parent| remove_dir(parent).is_ok()) {
        parent = empty.parent().filter(below_root);
    }
    Ok(())
}

/// The objects directly in a folder, and the folders there. Links to folders are none of both: what is
/// below them has other names too.
fn look_into(folder: &LocalFolder, location: &Path) -> Result<(Vec<ObjectMeta>, Vec<Path>)> {
    let mut entries = folder.entries(location, "")?;
    entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let (mut objects, mut folders) = (Vec::new(), Vec::new());
    for entry in entries {
        let part = PathPart::parse(&entry.name)
            .map_err(|source| BadSegment { path: entry.name.clone(), source })?;
        let path = location.clone().join(part);
        match (entry.metadata.is_dir(), entry.is_link) {
            (false, _) => objects.push(describe(&path, &entry.metadata)),
            (true, false) => folders.push(path),
            (true, true) => {}
        }
    }
    Ok((objects, folders))
}

fn get(folder: &LocalFolder, location: &Path, options: GetOptions) -> Result<GetResult> {
    let OpenFile { file, metadata, path } = folder.open(location)?;
    let meta = describe(location, &metadata);
    options.check_preconditions(&meta)?;
    let invalid = |error| object_store::Error::Generic { store: "local", source: error };
    let range = match &options.range {
        Some(range) => range.as_range(meta.size).map_err(|error| invalid(error.into()))?,
        None => 0..meta.size,
    };
    let payload = match options.range {
        Some(GetRange::Bounded(_)) if !options.head => {
            let mut bytes = Vec::new();
            read_exactly(&file, range.start, range.end, &mut bytes)
                .map_err(|error| read_error(&path, error))?;
            let bytes = Bytes::from(bytes);
            GetResultPayload::Stream(stream::once(async move { Ok(bytes) }).boxed())
        }
        _ => GetResultPayload::File(file, path),
    };
    Ok(GetResult { payload, meta, range, attributes: Attributes::default() })
}

fn read_error(path: &OsPath, error: io::Error) -> object_store::Error {
    let message = format!("{}: {error}", path.display());
    object_store::Error::Generic { store: "local", source: message.into() }
}

fn read_all(file: &File, ranges: &[Range<u64>]) -> io::Result<Vec<Bytes>> {
    let mut all = Vec::with_capacity(ranges.len());
    let mut rest = ranges;
    while let Some(first) = rest.first() {
        let mut end = first.end;
        let mut count = 1;
        while let Some(next) = rest.get(count) {
            if next.start != end || next.end < end || next.end - first.start > AT_ONCE {
                break;
            }
            end = next.end;
            count += 1;
        }
        let mut bytes = Vec::new();
        read_exactly(file, first.start, end, &mut bytes)?;
        let bytes = Bytes::from(bytes);
        let (read, others) = rest.split_at(count);
        let place = |offset: u64| usize::try_from(offset - first.start).unwrap_or(usize::MAX);
        all.extend(read.iter().map(|range| bytes.slice(place(range.start)..place(range.end))));
        rest = others;
    }
    Ok(all)
}

type Pending = (Arc<LocalFolder>, Vec<Path>);

/// The objects of one more folder of those that are pending.
async fn walk(
    folder: Arc<LocalFolder>,
    mut pending: Vec<Path>,
) -> Result<Option<(Vec<ObjectMeta>, Pending)>> {
    let Some(location) = pending.pop() else { return Ok(None) };
    let looking = folder.clone();
    let (objects, folders) = read_files(move || look_into(&looking, &location)).await?;
    pending.extend(folders.into_iter().rev());
    Ok(Some((objects, (folder, pending))))
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let path = self.0.path_to_write(location)?;
        let durability = self.0.durability;
        read_files(move || {
            write(&path, payload.iter().map(AsRef::as_ref), &options.mode, durability)
        })
        .await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Ok(Box::new(LocalUpload::start(self.0.path_to_write(location)?, self.0.durability)?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (folder, location) = (self.0.clone(), location.clone());
        read_files(move || get(&folder, &location, options)).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let (folder, location, ranges) = (self.0.clone(), location.clone(), ranges.to_vec());
        read_files(move || {
            let opened = folder.open(&location)?;
            read_all(&opened.file, &ranges).map_err(|error| read_error(&opened.path, error))
        })
        .await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let folder = self.0.clone();
        let removals = locations.and_then(move |location| {
            let folder = folder.clone();
            read_files(move || remove(&folder, &location).map(|()| location))
        });
        removals.boxed()
    }

    /// All objects below a folder, and those of one folder at a time in memory.
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let start = (self.0.clone(), vec![prefix.cloned().unwrap_or_default()]);
        let of_folders = stream::try_unfold(start, |(folder, pending)| walk(folder, pending));
        of_folders.map_ok(|objects| stream::iter(objects).map(Ok)).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        unsupported("list_with_delimiter")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        unsupported("copy")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::create_dir_all;

    use super::*;

    #[test]
    fn ranges_are_read_whether_they_follow_each_other_or_not() {
        let path = std::env::temp_dir().join(format!("deltaic-local-store-{}", std::process::id()));
        let content: Vec<u8> = (0..9_000_000_u32).map(|i| (i / 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let ranges = [
            0..10,
            10..10,
            10..4_000_000,
            4_000_000..5_000_000,
            7_000_000..7_000_001,
            3..5,
            8_999_999..9_000_000,
        ];
        let read = read_all(&file, &ranges).unwrap();
        assert_eq!(read.len(), ranges.len());
        for (bytes, range) in read.iter().zip(ranges) {
            assert!(bytes[..] == content[range.start as usize..range.end as usize], "{range:?}");
        }
        assert!(read_all(&file, &[0..9_000_001]).is_err(), "beyond the end");
        let reversed = Range { start: 7, end: 3 };
        assert!(read_all(&file, &[reversed]).is_err());
    }

    #[test]
    fn links_to_folders_are_not_listed_through_and_nothing_is_written_outside() {
        let root = std::env::temp_dir().join(format!("deltaic-local-walk-{}", std::process::id()));
        create_dir_all(root.join("t/p/q")).unwrap();
        create_dir_all(root.join("outside")).unwrap();
        for name in ["t/b", "t/p/a", "t/p/q/c", "outside/x"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        std::os::unix::fs::symlink(root.join("t"), root.join("t/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("outside"), root.join("t/out")).unwrap();
        std::os::unix::fs::symlink(root.join("outside/x"), root.join("t/p/link")).unwrap();
        let store = LocalStore::new(root.join("t"), Durability::Full);
        let list = |prefix: &str| {
            let listed = store.list(Some(&Path::parse(prefix).unwrap())).try_collect::<Vec<_>>();
            let listed = futures::executor::block_on(listed).unwrap();
            let names = listed.into_iter().map(|meta| meta.location.to_string());
            names.collect::<Vec<_>>()
        };
        assert_eq!(list(""), ["b", "p/a", "p/link", "p/q/c"]);
        assert_eq!(list("p"), ["p/a", "p/link", "p/q/c"]);
        assert!(list("none").is_empty());
        let outside = Path::parse("out/x").unwrap();
        assert!(store.write(&outside, b"", &PutMode::Overwrite).is_err());
        assert!(remove(&store.0, &outside).is_err());
        assert_eq!(std::fs::read(root.join("outside/x")).unwrap(), b"outside/x");
        remove(&store.0, &Path::parse("p/link").unwrap()).unwrap();
        assert!(root.join("outside/x").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn folders_go_with_the_last_object_in_them() {
        let root = std::env::temp_dir().join(format!("deltaic-local-empty-{}", std::process::id()));
        create_dir_all(root.join("t/p/q")).unwrap();
        for name in ["t/p/a", "t/p/q/b"] {
            std::fs::write(root.join(name), name).unwrap();
        }
        let store = LocalStore::new(root.join("t"), Durability::Full);
        remove(&store.0, &Path::parse("p/q/b").unwrap()).unwrap();
        assert!(root.join("t/p/a").exists() && !root.join("t/p/q").exists());
        remove(&store.0, &Path::parse("p/a").unwrap()).unwrap();
        assert!(root.join("t").exists() && !root.join("t/p").exists());
        std::fs::remove_dir_all(&root).unwrap();
    }

    #[test]
    fn folders_are_listed_from_a_place_on() {
        let name = format!("deltaic\t-local-store-list-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        create_dir_all(root.join("log")).unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(root.join("log").join(name), name).unwrap();
        }
        let store = LocalStore::new(root.clone(), Durability::Full);
        let list = |after: &str| {
            let listed = store.list_folder(&Path::parse("log").unwrap(), after).unwrap();
            let mut found: Vec<String> = listed.into_iter().map(|entry| entry.location).collect();
            found.sort();
            found
        };
        assert_eq!(list(""), ["log/a", "log/b", "log/c"]);
        assert_eq!(list("log/a"), ["log/b", "log/c"]);
        assert_eq!(list("log/b0"), ["log/c"]);
        assert_eq!(list("kog/z"), ["log/a", "log/b", "log/c"]);
        assert!(list("lox").is_empty());
        std::fs::remove_dir_all(&root).unwrap();
    }
}
