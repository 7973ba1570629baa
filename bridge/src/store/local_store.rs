//! A folder of the local system as an object store. What is read keeps within the folder and waits for
//! nobody; writing is left to the store of the crate.

use std::fmt;
use std::fs::{create_dir_all, metadata, File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path as OsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream::{self, BoxStream};
use futures::StreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};

use crate::border::runtime::read_files;
use crate::ffi::bridge::ObjectEntry;
use crate::store::local_folder::{io_error, LocalFolder, OpenFile};
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
    pub fn new(root: PathBuf) -> Self {
        Self(Arc::new(LocalFolder::new(root)))
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

    fn writer(&self) -> Result<LocalFileSystem> {
        let root = self.0.root();
        create_dir_all(root).map_err(|error| io_error(root, error))?;
        LocalFileSystem::new_with_prefix(root)
    }
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

#[async_trait]
impl ObjectStore for LocalStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.writer()?.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.writer()?.put_multipart_opts(location, options).await
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
        match self.writer() {
            Ok(writer) => writer.delete_stream(locations),
            Err(error) => stream::once(async move { Err(error) }).boxed(),
        }
    }

    /// Folders are listed by `list_folder`.
    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { unsupported("list") }).boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        unsupported("list_with_delimiter")
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.writer()?.copy_opts(from, to, options).await
    }
}

#[cfg(test)]
mod tests {
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
        assert!(read_all(&file, &[0..9_000_001]).is_err(), "behind the end");
        let reversed = Range { start: 7, end: 3 };
        assert!(read_all(&file, &[reversed]).is_err());
    }

    #[test]
    fn folders_are_listed_from_a_place_on() {
        let name = format!("deltaic\t-local-store-list-{}", std::process::id());
        let root = std::env::temp_dir().join(name);
        create_dir_all(root.join("log")).unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(root.join("log").join(name), name).unwrap();
        }
        let store = LocalStore::new(root.clone());
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
