//! A folder of the local system, out of which no link leads but to places that are allowed, and whose files
//! are opened only where they are regular ones: whoever opens a FIFO waits for somebody to write into it.

use std::collections::HashSet;
use std::fs::{canonicalize, read_dir, DirEntry, File, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path as OsPath, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use object_store::path::Path;
use object_store::Result;

use crate::border::error::{code, Error};
use crate::store::pending_file::Durability;

/// How many folders are remembered as looked at.
const MAX_KNOWN: usize = 4096;
/// How often a folder is listed anew of which all entries went meanwhile.
const MAX_EMPTY: usize = 100;

#[derive(Debug)]
pub struct LocalFolder {
    pub root: PathBuf,
    /// Of the files that are written.
    pub durability: Durability,
    /// Other folders that links may lead to.
    allowed: RwLock<Vec<PathBuf>>,
    /// Folders below the root whose files are where they may be.
    known: Mutex<HashSet<PathBuf>>,
}

pub struct OpenFile {
    pub file: File,
    pub metadata: Metadata,
    pub path: PathBuf,
}

/// What is directly in a folder.
pub struct FolderEntry {
    pub name: String,
    pub metadata: Metadata,
    /// Whether it is a link, and `metadata` that of what it leads to.
    pub is_link: bool,
}

pub fn typed(code: &str, message: String) -> object_store::Error {
    object_store::Error::Generic { store: "local", source: Box::new(Error::new(code, message)) }
}

pub fn io_error(path: &OsPath, error: io::Error) -> object_store::Error {
    let path = path.to_string_lossy().into_owned();
    let source = Box::new(error);
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            object_store::Error::NotFound { path, source }
        }
        ErrorKind::PermissionDenied => object_store::Error::PermissionDenied { path, source },
        _ => {
            let error = Error::from(*source);
            typed(error.code(), format!("The file cannot be opened: {}: {path}", error.message()))
        }
    }
}

/// Why a file cannot be written or removed.
pub fn write_error(path: &OsPath, error: io::Error) -> object_store::Error {
    let path = path.to_string_lossy().into_owned();
    match error.kind() {
        ErrorKind::AlreadyExists => {
            object_store::Error::AlreadyExists { path, source: Box::new(error) }
        }
        ErrorKind::NotFound => object_store::Error::NotFound { path, source: Box::new(error) },
        ErrorKind::PermissionDenied => {
            object_store::Error::PermissionDenied { path, source: Box::new(error) }
        }
        _ => {
            let error = Error::from(error);
            let message = error.message();
            typed(error.code(), format!("The file cannot be written: {message}: {path}"))
        }
    }
}

fn kind_of(file_type: FileType) -> &'static str {
    match file_type {
        _ if file_type.is_dir() => "a folder",
        _ if file_type.is_fifo() => "a FIFO",
        _ if file_type.is_socket() => "a socket",
        _ => "a device",
    }
}

fn not_regular(path: &OsPath, file_type: FileType) -> object_store::Error {
    let kind = kind_of(file_type);
    let message = format!("The file is {kind}, and no regular file: {}", path.display());
    typed(code::CORRUPT_DATA, message)
}

/// Opens what is at `path` itself, and waits for nobody.
fn open_without_waiting(path: &OsPath) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        // Whoever has a lease of a regular file gives it back soon.
        Err(error) if error.kind() == ErrorKind::WouldBlock && path.metadata()?.is_file() => {
            OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path)
        }
        opened => opened,
    }
}

fn open_regular(path: &OsPath) -> io::Result<Result<(File, Metadata)>> {
    let file = match open_without_waiting(path) {
        // A socket, or a device that nobody serves.
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
            return Ok(Err(not_regular(path, path.metadata()?.file_type())));
        }
        opened => opened?,
    };
    let metadata = file.metadata()?;
    match metadata.is_file() {
        true => Ok(Ok((file, metadata))),
        false => Ok(Err(not_regular(path, metadata.file_type()))),
    }
}

impl LocalFolder {
    /// `root` is absolute. It need not be there.
    pub fn new(root: PathBuf, durability: Durability) -> Self {
        Self { root, durability, allowed: RwLock::default(), known: Mutex::default() }
    }

    pub fn root(&self) -> &OsPath {
        &self.root
    }

    /// Lets links lead into another folder, too.
    pub fn allow(&self, folder: &OsPath) {
        let mut allowed = self.allowed.write().unwrap_or_else(PoisonError::into_inner);
        allowed.push(folder.to_path_buf());
    }

    pub fn path_of(&self, location: &Path) -> PathBuf {
        match location.as_ref() {
            "" => self.root.clone(),
            location => self.root.join(location),
        }
    }

    /// The path of a file to be written or removed.
    pub fn path_to_write(&self, location: &Path) -> Result<PathBuf> {
        let path = self.path_of(location);
        self.check_parent(&path)?;
        Ok(path)
    }

    /// Opens a regular file.
    pub fn open(&self, location: &Path) -> Result<OpenFile> {
        let path = self.path_of(location);
        self.check_parent(&path)?;
        let opened = match open_regular(&path) {
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
                open_regular(&self.follow(&path)?)
            }
            opened => opened,
        };
        let (file, metadata) = opened.map_err(|error| io_error(&path, error))??;
        Ok(OpenFile { file, metadata, path })
    }

    /// What is directly in a folder, files and all else, whose names come after `after`. A folder that
    /// is not there has nothing.
    pub fn entries(&self, folder: &Path, after: &str) -> Result<Vec<FolderEntry>> {
        let path = self.path_of(folder);
        for _ in 0..MAX_EMPTY {
            let (entries, has_lost) = self.entries_now(&path, after)?;
            // What was there is gone: others may have taken its place.
            if !entries.is_empty() || !has_lost {
                return Ok(entries);
            }
        }
        Ok(Vec::new())
    }

    /// The entries, and whether others went while they were looked at.
    fn entries_now(&self, path: &OsPath, after: &str) -> Result<(Vec<FolderEntry>, bool)> {
        let failed = |error| io_error(path, error);
        let mut entries = Vec::new();
        let mut has_lost = false;
        for entry in self.read(path)? {
            let entry = entry.map_err(failed)?;
            // Nobody can ask for a name that is no text.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.as_str() <= after {
                continue;
            }
            let is_link = entry.file_type().is_ok_and(|file_type| file_type.is_symlink());
            match metadata_of(&entry, is_link).map_err(failed)? {
                Some(metadata) => entries.push(FolderEntry { name, metadata, is_link }),
                None => has_lost = true,
            }
        }
        Ok((entries, has_lost))
    }

    /// The names of the folders directly in a folder.
    pub fn folders(&self, folder: &Path) -> Result<Vec<String>> {
        let entries = self.entries(folder, "")?.into_iter();
        Ok(entries.filter(|entry| entry.metadata.is_dir()).map(|entry| entry.name).collect())
    }

    fn read(&self, path: &OsPath) -> Result<impl Iterator<Item = io::Result<DirEntry>>> {
        self.check(path)?;
        match read_dir(path) {
            Ok(entries) => Ok(Some(entries).into_iter().flatten()),
            Err(error) if is_missing(&error) => Ok(None.into_iter().flatten()),
            Err(error) => Err(io_error(path, error)),
        }
    }

    fn check_parent(&self, path: &OsPath) -> Result<()> {
        path.parent().map_or(Ok(()), |folder| self.check(folder))
    }

    /// Refuses a folder that a link puts elsewhere.
    fn check(&self, folder: &OsPath) -> Result<()> {
        if folder == self.root {
            return Ok(());
        }
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known().contains(folder) {
            return Ok(());
        }
        match self.follow(folder) {
            // Who opens it finds that out.
            Err(object_store::Error::NotFound { .. }) => return Ok(()),
            followed => followed?,
        };
        let mut known = known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(folder.to_path_buf());
        Ok(())
    }

    /// Where links lead from `path`, if they may.
    fn follow(&self, path: &OsPath) -> Result<PathBuf> {
        let target = canonicalize(path).map_err(|error| io_error(path, error))?;
        let allowed = self.allowed.read().unwrap_or_else(PoisonError::into_inner);
        let mut folders = std::iter::once(&self.root).chain(allowed.iter());
        let is_within =
            |folder: &PathBuf| canonicalize(folder).is_ok_and(|it| target.starts_with(it));
        if folders.any(is_within) {
            return Ok(target);
        }
        let text = "A link leads out of the folder that is read. The storage options \
                    allowed_root_1, allowed_root_2, … name other places that may be read; the link \
                    leads to none of them";
        Err(typed(code::PERMISSION_DENIED, format!("{text}: {}", path.display())))
    }
}

pub fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Of what a link leads to, or of the link where that is nothing; nothing where the entry is gone.
fn metadata_of(entry: &DirEntry, is_link: bool) -> io::Result<Option<Metadata>> {
    let followed = if is_link { entry.path().metadata().ok() } else { None };
    match followed.map_or_else(|| entry.metadata(), Ok) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, remove_dir_all, write};
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    struct TestFolder(PathBuf);

    impl TestFolder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("deltaic-{name}-{}", std::process::id()));
            let _ = remove_dir_all(&path);
            create_dir_all(path.join("t/p")).unwrap();
            create_dir_all(path.join("outside")).unwrap();
            Self(path)
        }
    }

    impl Drop for TestFolder {
        fn drop(&mut self) {
            let _ = remove_dir_all(&self.0);
        }
    }

    fn read(folder: &LocalFolder, location: &str) -> std::result::Result<String, Error> {
        let mut text = String::new();
        let mut opened = folder.open(&Path::parse(location).unwrap())?;
        opened.file.read_to_string(&mut text)?;
        Ok(text)
    }

    fn code_of(folder: &LocalFolder, location: &str) -> String {
        read(folder, location).unwrap_err().code().to_string()
    }

    #[test]
    fn links_are_followed_within_the_folder_and_to_allowed_ones() {
        let test = TestFolder::new("links");
        let root = test.0.join("t");
        write(root.join("p/x"), "inside").unwrap();
        write(test.0.join("outside/x"), "outside").unwrap();
        symlink("p/x", root.join("relative")).unwrap();
        symlink(root.join("p/x"), root.join("absolute")).unwrap();
        symlink("p", root.join("folder")).unwrap();
        symlink("../outside/x", root.join("out")).unwrap();
        symlink("../outside", root.join("out_folder")).unwrap();
        symlink("nothing", root.join("dangling")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink(&root, test.0.join("also_t")).unwrap();
        for root in [root.clone(), test.0.join("also_t")] {
            let folder = LocalFolder::new(root, Durability::Full);
            for name in ["p/x", "relative", "absolute", "folder/x"] {
                for _ in 0..2 {
                    assert_eq!(read(&folder, name).unwrap(), "inside", "{name}");
                }
            }
            for name in ["out", "out_folder/x"] {
                for _ in 0..2 {
                    assert_eq!(code_of(&folder, name), code::PERMISSION_DENIED, "{name}");
                }
            }
            assert_eq!(code_of(&folder, "dangling"), code::FILE_NOT_FOUND);
            assert_eq!(code_of(&folder, "loop"), code::IO);
            let listed = folder.entries(&Path::parse("out_folder").unwrap(), "");
            assert_eq!(Error::from(listed.err().unwrap()).code(), code::PERMISSION_DENIED);
            folder.allow(&test.0.join("outside"));
            for name in ["out", "out_folder/x"] {
                assert_eq!(read(&folder, name).unwrap(), "outside", "{name}");
            }
        }
    }

    #[test]
    fn only_regular_files_are_opened() {
        let test = TestFolder::new("kinds");
        let root = test.0.join("t");
        let fifo = std::ffi::CString::new(root.join("fifo").to_str().unwrap()).unwrap();
        // SAFETY: the text ends with a zero.
        assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
        let _socket = UnixListener::bind(root.join("socket")).unwrap();
        symlink("fifo", root.join("link")).unwrap();
        let folder = LocalFolder::new(root, Durability::Full);
        for name in ["fifo", "socket", "link", "p"] {
            assert_eq!(code_of(&folder, name), code::CORRUPT_DATA, "{name}");
        }
        assert_eq!(code_of(&folder, "p/none"), code::FILE_NOT_FOUND);
        assert_eq!(code_of(&folder, "none/x"), code::FILE_NOT_FOUND);
        let entries = folder.entries(&Path::default(), "g").unwrap().into_iter();
        let mut names: Vec<String> = entries.map(|entry| entry.name).collect();
        names.sort();
        assert_eq!(names, ["link", "p", "socket"]);
        assert_eq!(folder.folders(&Path::default()).unwrap(), ["p"]);
        assert!(folder.entries(&Path::parse("none").unwrap(), "").unwrap().is_empty());
    }
}
