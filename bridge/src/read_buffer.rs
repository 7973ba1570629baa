//! Buffers for the bytes of whole files, used again by the thread that is done with them: fresh memory
//! costs more than reading a file that the system has in its cache.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;

use crate::error::{code, Error, Result};

/// What a thread keeps for its next reads.
const MAX_BYTES: usize = 16 << 20;

thread_local! {
    static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

struct ReadBuffer(Vec<u8>);

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
            let kept: usize = free.iter().map(Vec::capacity).sum();
            if kept + buffer.capacity() <= MAX_BYTES {
                free.push(buffer);
            }
        });
    }
}

fn take(size: usize) -> io::Result<Vec<u8>> {
    let mut buffer = FREE.with(|free| free.borrow_mut().pop()).unwrap_or_default();
    buffer.clear();
    buffer.try_reserve_exact(size)?;
    Ok(buffer)
}

/// Reads `file` to its end, `size` bytes as far as is known.
pub fn read_whole(mut file: File, size: usize) -> Result<Bytes> {
    // One byte more tells the end without growing.
    let mut buffer = take(size.saturating_add(1))?;
    file.read_to_end(&mut buffer)?;
    Ok(Bytes::from_owner(ReadBuffer(buffer)))
}

/// Reads the bytes from `start` to `end`, all of which must be there.
pub fn read_range(file: &File, start: u64, end: u64) -> Result<Bytes> {
    let mut file = file;
    let size = end.saturating_sub(start);
    let mut buffer = take(usize::try_from(size).unwrap_or(usize::MAX))?;
    file.seek(SeekFrom::Start(start))?;
    file.take(size).read_to_end(&mut buffer)?;
    if buffer.len() as u64 != size {
        let message = format!("The file ends before byte {end}.");
        return Err(Error::new(code::CORRUPT_DATA, message));
    }
    Ok(Bytes::from_owner(ReadBuffer(buffer)))
}
