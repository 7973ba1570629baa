//! Buffers for the bytes of whole files, used again by the thread that is done with them: fresh memory
//! costs more than reading a file that the system has in its cache.

use std::cell::RefCell;
use std::fs::File;
use std::io;

use bytes::Bytes;

use crate::border::error::{code, Error, Result};
use crate::store::positioned_read::{read_exactly, read_some, size_of_range};

/// What a thread keeps for its next reads.
const MAX_BYTES: usize = 16 << 20;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

struct ReadBuffer(Vec<u8>);

impl ReadBuffer {
    /// An empty one with room for `size` bytes: the smallest free one that has it, else a new one.
    fn take(size: usize) -> io::Result<Self> {
        let free = FREE.with(|free| {
            let mut free = free.borrow_mut();
            let fitting = free.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= size);
            let smallest = fitting.min_by_key(|(_, buffer)| buffer.capacity());
            smallest.map(|(index, _)| index).map(|index| free.swap_remove(index))
        });
        let mut buffer = free.unwrap_or_default();
        buffer.clear();
        if size > buffer.capacity() {
            // The next page, or file, may be a little longer.
            buffer.try_reserve_exact(size.saturating_add(size / 8))?;
        }
        Ok(Self(buffer))
    }
}

impl AsRef<[u8]> for ReadBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        // A thread at its end keeps nothing.
        let _ = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            let mut kept: usize = free.iter().map(Vec::capacity).sum();
            // The longest ones serve the most.
            while kept + buffer.capacity() > MAX_BYTES {
                let shortest = free.iter().enumerate().min_by_key(|(_, other)| other.capacity());
                match shortest {
                    Some((index, other)) if other.capacity() < buffer.capacity() => {
                        kept -= free.swap_remove(index).capacity();
                    }
                    _ => return,
                }
            }
            free.push(buffer);
        });
    }
}

/// Reads `file` to its end, `size` bytes as far as is known.
pub fn read_whole(file: &File, size: usize) -> Result<Bytes> {
    // One byte more tells the end without growing.
    let mut read = ReadBuffer::take(size.saturating_add(1))?;
    while read_some(file, read.0.len() as u64, usize::MAX, &mut read.0)? > 0 {
        if read.0.len() == read.0.capacity() {
            let doubled = read.0.len();
            read.0.try_reserve(doubled).map_err(io::Error::from)?;
        }
    }
    Ok(Bytes::from_owner(read))
}

/// Reads the bytes from `start` to `end`, all of which must be there.
pub fn read_range(file: &File, start: u64, end: u64) -> Result<Bytes> {
    let mut read = ReadBuffer::take(size_of_range(start, end)?)?;
    read_exactly(file, start, end, &mut read.0).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            let message = format!("The file ends before byte {end}.");
            Error::new(code::CORRUPT_DATA, message)
        }
        _ => error.into(),
    })?;
    Ok(Bytes::from_owner(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file_of(bytes: &[u8]) -> File {
        let name = format!("deltaic-read-buffer-{}-{}", std::process::id(), bytes.len());
        let path = std::env::temp_dir().join(name);
        File::create(&path).and_then(|mut file| file.write_all(bytes)).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file
    }

    #[test]
    fn files_are_read_to_their_end_whatever_size_is_told() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|i| i as u8).collect();
        for size in [0, 1, 99_999, 100_000, 200_000] {
            assert_eq!(read_whole(&file_of(&bytes), size).unwrap(), bytes, "{size}");
        }
        assert!(read_whole(&file_of(b""), 10).unwrap().is_empty());
    }

    #[test]
    fn ranges_must_be_there() {
        let file = file_of(b"0123456789");
        assert_eq!(read_range(&file, 3, 10).unwrap(), &b"3456789"[..]);
        let error = read_range(&file, 3, 11).unwrap_err();
        assert_eq!(error.code(), code::CORRUPT_DATA);
    }

    #[test]
    fn buffers_are_used_again_and_show_nothing_of_what_they_held() {
        let file = file_of(&[7; 5000]);
        let first = read_range(&file, 0, 5000).unwrap();
        let place = first.as_ptr();
        drop(first);
        let second = read_range(&file, 0, 100).unwrap();
        assert_eq!((second.as_ptr(), &second[..]), (place, &[7; 100][..]));
        let third = read_range(&file, 0, 100).unwrap();
        assert_ne!(third.as_ptr(), place, "a buffer that is in use");
    }
}
