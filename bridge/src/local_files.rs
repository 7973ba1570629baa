//! Ranges of local files, read with fewer calls and without filling memory with zeros before.

use std::fs::File;
use std::io;
use std::ops::Range;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use tokio::runtime::Handle;

use crate::positioned_read::read_exactly;

/// Ranges that follow each other are read at once, up to so many bytes.
const AT_ONCE: u64 = 4 << 20;

#[derive(Debug)]
pub struct LocalFiles {
    pub system: LocalFileSystem,
    /// What stands before the paths.
    pub root: Path,
}

impl LocalFiles {
    /// What is in these ranges of a file, or nothing where they cannot be read as a whole: `object_store`
    /// tells why.
    pub async fn read_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
        let location: Path = self.root.parts().chain(location.parts()).collect();
        let path = self.system.path_to_filesystem(&location).ok()?;
        let ranges = ranges.to_vec();
        let read = move || read_all(&File::open(path)?, &ranges);
        let read = match Handle::try_current() {
            Ok(runtime) => runtime.spawn_blocking(read).await.ok()?,
            Err(_) => read(),
        };
        read.ok()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_whether_they_follow_each_other_or_not() {
        let path = std::env::temp_dir().join(format!("deltaic-local-files-{}", std::process::id()));
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
}
