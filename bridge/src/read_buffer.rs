//! Buffers for the bytes of whole files, used again by the thread that is done with them: fresh memory
//! costs more than reading a file that the system has in its cache.

use std::cell::RefCell;
use std::io::Read;

use bytes::Bytes;

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

/// Reads `file` to its end, `size` bytes as far as is known.
pub fn read_whole(mut file: impl Read, size: usize) -> std::io::Result<Bytes> {
    let mut buffer = FREE.with(|free| free.borrow_mut().pop()).unwrap_or_default();
    buffer.clear();
    // One byte more tells the end without growing.
    buffer.try_reserve_exact(size.saturating_add(1))?;
    file.read_to_end(&mut buffer)?;
    Ok(Bytes::from_owner(ReadBuffer(buffer)))
}
