//! Reading a file at a place, into memory that is not filled with zeros before.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Reads up to `size` bytes at `offset`, after what `buffer` has and as far as it has room, and tells how
/// many that was: none at the end of the file.
pub fn read_some(file: &File, offset: u64, size: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let offset = i64::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
    loop {
        let room = buffer.spare_capacity_mut();
        let size = size.min(room.len());
        // SAFETY: at most as many bytes are written as there is room for.
        let read = unsafe { libc::pread(file.as_raw_fd(), room.as_mut_ptr().cast(), size, offset) };
        if let Ok(read) = usize::try_from(read) {
            // SAFETY: so many bytes were written.
            unsafe { buffer.set_len(buffer.len() + read) };
            return Ok(read);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// How many bytes a range has.
pub fn size_of_range(start: u64, end: u64) -> io::Result<usize> {
    let size = end.checked_sub(start).and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| io::ErrorKind::InvalidInput.into())
}

/// Reads the bytes from `start` to `end`, all of which must be there, into an empty buffer.
pub fn read_exactly(file: &File, start: u64, end: u64, buffer: &mut Vec<u8>) -> io::Result<()> {
    let size = size_of_range(start, end)?;
    buffer.try_reserve_exact(size)?;
    while buffer.len() < size {
        let read = buffer.len();
        if read_some(file, start + read as u64, size - read, buffer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
