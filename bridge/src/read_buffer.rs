//! Buffers for the bytes of whole files, used again by the thread that is done with them: fresh memory
//! costs more than reading a file that the system has in its cache.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use bytes::Bytes;

use crate::error::{code, Error, Result};

/// What a thread keeps for its next reads.
const MAX_BYTES: usize = 16 << 20;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// The first bytes of a buffer that keeps its length, so that no byte is initialised twice.
struct ReadBuffer {
    buffer: Vec<u8>,
    length: usize,
}

impl ReadBuffer {
    /// One of `size` bytes: the smallest free one that has them, else a new one.
    fn take(size: usize) -> io::Result<Self> {
        let free = FREE.with(|free| {
            let mut free = free.borrow_mut();
            let fitting = free.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= size);
            let smallest = fitting.min_by_key(|(_, buffer)| buffer.capacity());
            smallest.map(|(index, _)| index).map(|index| free.swap_remove(index))
        });
        let mut taken = Self { buffer: free.unwrap_or_default(), length: size };
        taken.grow(size)?;
        Ok(taken)
    }

    fn grow(&mut self, size: usize) -> io::Result<()> {
        let length = self.buffer.len();
        if size > self.buffer.capacity() {
            // The next page, or file, may be a little longer.
            self.buffer.try_reserve_exact(size.saturating_add(size / 8) - length)?;
        }
        self.buffer.resize(size.max(length), 0);
        Ok(())
    }
}

impl AsRef<[u8]> for ReadBuffer {
    fn as_ref(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
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
pub fn read_whole(mut file: File, size: usize) -> Result<Bytes> {
    // One byte more tells the end without growing.
    let mut read = ReadBuffer::take(size.saturating_add(1))?;
    read.length = 0;
    loop {
        if read.length == read.buffer.len() {
            read.grow(read.length.saturating_mul(2))?;
        }
        match file.read(read.buffer.get_mut(read.length..).unwrap_or_default()) {
            Ok(0) => return Ok(Bytes::from_owner(read)),
            Ok(length) => read.length += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads the bytes from `start` to `end`, all of which must be there.
pub fn read_range(file: &File, start: u64, end: u64) -> Result<Bytes> {
    let size = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
    let mut read = ReadBuffer::take(size)?;
    let bytes = read.buffer.get_mut(..size).unwrap_or_default();
    file.read_exact_at(bytes, start).map_err(|error| match error.kind() {
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
            assert_eq!(read_whole(file_of(&bytes), size).unwrap(), bytes, "{size}");
        }
        assert!(read_whole(file_of(b""), 10).unwrap().is_empty());
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
