//! A file of the local system that is written under another name first: readers see all of it or nothing,
//! and what is published stays there though the machine loses its power. `object_store` 0.13 syncs nothing.

use std::fs::{create_dir, hard_link, remove_file, rename, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the pending files of this process from each other.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// How often a folder is made that others, who find it empty, remove at the same time.
const MOST_FOLDERS: usize = 20;

/// Whether what is published is on the disk, or may be in the system's memory for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Durability {
    Full,
    None,
}

/// Nothing is left of it unless it is published.
#[derive(Debug)]
pub struct PendingFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    durability: Durability,
}

/// The folder of a file.
fn folder_of(path: &Path) -> io::Result<&Path> {
    path.parent().ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))
}

/// Waits until the names in a folder are on the disk.
fn sync_folder(folder: &Path, durability: Durability) -> io::Result<()> {
    if durability == Durability::None {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        // A file system that cannot do that for a folder.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

/// Makes a folder, and those around it that are missing.
fn make_folder(folder: &Path, durability: Durability) -> io::Result<()> {
    match create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_folder(folder_of(folder)?, durability)?;
            create_dir(folder)
        }
        made => made,
    }
    .or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists if folder.is_dir() => Ok(()),
        _ => Err(error),
    })?;
    sync_folder(folder_of(folder)?, durability)
}

/// A name that tools of Delta take for a hidden file's.
fn temporary_name() -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{:x}-{nanos:x}-{count:x}.tmp", std::process::id())
}

fn open_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

impl PendingFile {
    /// Starts the file that will be at `path`, and makes its folder where that is missing.
    pub fn new(path: PathBuf, durability: Durability) -> io::Result<Self> {
        let folder = folder_of(&path)?;
        let temporary = folder.join(temporary_name());
        let mut made = open_new(&temporary);
        for _ in 0..MOST_FOLDERS {
            if !made.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                break;
            }
            made = make_folder(folder, durability).and_then(|()| open_new(&temporary));
        }
        Ok(Self { file: made?, temporary, path, durability })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    fn sync(&self) -> io::Result<()> {
        match self.durability {
            Durability::Full => self.file.sync_all(),
            Durability::None => Ok(()),
        }
    }

    /// Puts the file in its place if nothing is there; else fails with `AlreadyExists`. What is there is on
    /// the disk then, whoever put it there.
    pub fn publish_if_absent(self) -> io::Result<()> {
        self.sync()?;
        let linked = hard_link(&self.temporary, &self.path);
        self.discard();
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            linked => sync_folder(folder_of(&self.path)?, self.durability).and(linked),
        }
    }

    /// Puts the file in its place, and replaces what is there.
    pub fn publish(self) -> io::Result<()> {
        self.sync()?;
        rename(&self.temporary, &self.path)?;
        sync_folder(folder_of(&self.path)?, self.durability)
    }

    /// Gives the file up.
    pub fn discard(&self) {
        // It may have its final name, or none any more.
        let _ = remove_file(&self.temporary);
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        self.discard();
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, read, read_dir, remove_dir_all};
    use std::io::Write;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("deltaic-pending-{name}-{}", std::process::id()));
        let _ = remove_dir_all(&path);
        path
    }

    fn pending(path: &Path, text: &str) -> PendingFile {
        let pending = PendingFile::new(path.to_path_buf(), Durability::Full).unwrap();
        pending.file().write_all(text.as_bytes()).unwrap();
        pending
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_once_it_is_published() {
        let root = folder("publish");
        let path = root.join("a/b/x");
        let first = pending(&path, "first");
        let second = pending(&path, "second");
        assert!(!path.exists());
        first.publish_if_absent().unwrap();
        assert_eq!(read(&path).unwrap(), b"first");
        let error = second.publish_if_absent().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(read(&path).unwrap(), b"first");
        pending(&path, "third").publish().unwrap();
        assert_eq!(read(&path).unwrap(), b"third");
        assert_eq!(names(&root.join("a/b")), ["x"]);
        remove_dir_all(&root).unwrap();
    }

    #[test]
    fn nothing_is_left_of_a_file_that_is_given_up_or_cannot_be_published() {
        let root = folder("discard");
        create_dir_all(root.join("taken/inside")).unwrap();
        drop(pending(&root.join("x"), "given up"));
        assert!(pending(&root.join("taken"), "text").publish().is_err());
        assert!(pending(&root.join("taken"), "text").publish_if_absent().is_err());
        assert_eq!(names(&root), ["taken"]);
        std::fs::write(root.join("plain"), "").unwrap();
        assert!(PendingFile::new(root.join("plain/x"), Durability::None).is_err());
        remove_dir_all(&root).unwrap();
    }
}
