//! `parquet::file::reader::ChunkReader` over a store: a file is read in windows, as far as its pages
//! are asked for, so that memory does not grow with its column chunks.

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use datafusion::arrow::array::{RecordBatch, RecordBatchReader};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::border::error::Error;
use crate::border::file_name::name_file;
use crate::border::guard::guard;
use crate::border::runtime::{self, Birthplace};
use crate::parquet::claimed_sizes::{ColumnChunks, LONGEST_HEADER};
use crate::parquet::decoding::decode;
use crate::store::read_buffer::read_range;

/// Bytes read at a time: few where a read is cheap (a page that is longer is read as a whole), many
/// where each is a request.
const LOCAL_WINDOW: u64 = 8 << 10;
const REMOTE_WINDOW: u64 = 16 << 20;
/// What is read after a page: most headers of the next one fit.
const NEXT_HEADER: u64 = 512;
/// Requests for one window that are under way at a time, each of that many bytes.
const CONCURRENT_REQUESTS: usize = 4;
const REQUEST: u64 = 4 << 20;
/// Columns are read side by side, each in a window of its own.
const MAX_WINDOWS: usize = 8;

struct Window {
    start: u64,
    bytes: Bytes,
}

impl Window {
    fn is_followed_at(&self, start: u64) -> bool {
        (self.start..=self.start + self.bytes.len() as u64).contains(&start)
    }

    fn slice(&self, start: u64, length: u64) -> Option<Bytes> {
        let from = usize::try_from(start.checked_sub(self.start)?).ok()?;
        let end = from.checked_add(usize::try_from(length).ok()?)?;
        (end <= self.bytes.len()).then(|| self.bytes.slice(from..end))
    }

    /// What it has from `start` on, if anything.
    fn rest(&self, start: u64) -> Option<Bytes> {
        let from = usize::try_from(start.checked_sub(self.start)?).ok()?;
        (from < self.bytes.len()).then(|| self.bytes.slice(from..))
    }
}

struct Object {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
    /// The object, where it is a file of the local system.
    file: Option<File>,
    pages: ColumnChunks,
    /// The one that was used last comes last.
    windows: Mutex<Vec<Window>>,
}

#[derive(Clone)]
pub struct StoreChunks(Arc<Object>);

impl StoreChunks {
    /// `is_local` tells whether the store's objects are files, `pages` what the footer says about pages.
    pub fn open(
        store: Arc<dyn ObjectStore>,
        path: Path,
        size: u64,
        is_local: bool,
        pages: ColumnChunks,
    ) -> crate::border::error::Result<Self> {
        let mut file = None;
        if is_local {
            let object = runtime::wait_for_store(is_local, async { Ok(store.get(&path).await?) })?;
            if let GetResultPayload::File(opened, _) = object.payload {
                file = Some(opened);
            }
        }
        Ok(Self(Arc::new(Object { store, path, size, file, pages, windows: Mutex::default() })))
    }

    fn windows(&self) -> MutexGuard<'_, Vec<Window>> {
        self.0.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, start: u64, length: u64) -> Result<Bytes> {
        let end = start.checked_add(length).filter(|end| *end <= self.0.size).ok_or_else(|| {
            let what = format!("a page ends beyond the end of the file ({} bytes)", self.0.size);
            name_file(&self.0.path, ParquetError::EOF(what))
        })?;
        let mut windows = self.windows();
        if let Some(found) =
            windows.iter().rposition(|window| window.slice(start, length).is_some())
        {
            let window = windows.remove(found);
            let bytes = window.slice(start, length).unwrap_or_default();
            windows.push(window);
            return Ok(bytes);
        }
        let ahead = if self.0.file.is_some() { LOCAL_WINDOW } else { REMOTE_WINDOW };
        let ahead = start.saturating_add(ahead).max(end.saturating_add(NEXT_HEADER));
        let end = ahead.min(self.0.size);
        let bytes = self.fetch(start, end)?;
        // Pages are read in order: a column is done with the window in which its next one begins, or
        // where that ends.
        windows.retain(|window| !window.is_followed_at(start));
        if windows.len() == MAX_WINDOWS {
            windows.remove(0);
        }
        let window = Window { start, bytes };
        let bytes = window.slice(start, length).unwrap_or_default();
        windows.push(window);
        Ok(bytes)
    }

    /// The begin of a page, with all of its header that is looked at.
    fn header(&self, start: u64) -> Result<Bytes> {
        let checked = |bytes: &Bytes| {
            let checked = self.0.pages.check_header(start, bytes);
            checked.map_err(|error| name_file(&self.0.path, error))
        };
        let at_hand = self.windows().iter().rev().find_map(|window| window.rest(start));
        if let Some(bytes) = at_hand {
            if checked(&bytes)? {
                return Ok(bytes);
            }
        }
        let rest = self.0.size.saturating_sub(start);
        let bytes = self.get(start, NEXT_HEADER.min(rest))?;
        if checked(&bytes)? {
            return Ok(bytes);
        }
        let bytes = self.get(start, LONGEST_HEADER.min(rest))?;
        checked(&bytes)?;
        Ok(bytes)
    }

    fn fetch(&self, start: u64, end: u64) -> Result<Bytes> {
        let object = &self.0;
        if let Some(file) = &object.file {
            let bytes = read_range(file, start, end);
            return bytes.map_err(|error| name_file(&object.path, error));
        }
        let fetched = runtime::wait(async {
            let requests = (start..end).step_by(REQUEST as usize).map(|from| {
                let range = from..end.min(from + REQUEST);
                async move { object.store.get_range(&object.path, range).await }
            });
            let mut parts: Vec<Bytes> =
                futures::stream::iter(requests).buffered(CONCURRENT_REQUESTS).try_collect().await?;
            if parts.len() == 1 {
                return Ok(parts.swap_remove(0));
            }
            let mut all = BytesMut::with_capacity(parts.iter().map(Bytes::len).sum());
            parts.iter().for_each(|part| all.extend_from_slice(part));
            Ok(all.freeze())
        });
        fetched.map_err(|error| name_file(&object.path, error))
    }
}

impl Length for StoreChunks {
    fn len(&self) -> u64 {
        self.0.size
    }
}

impl ChunkReader for StoreChunks {
    type T = ChunkRead;

    /// A page's header is read this way, and then the page by `get_bytes`.
    fn get_read(&self, start: u64) -> Result<ChunkRead> {
        let bytes = self.header(start)?;
        Ok(ChunkRead { chunks: self.clone(), at: start + bytes.len() as u64, bytes })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.get(start, length as u64)
    }
}

/// Reads on from a place in the file.
pub struct ChunkRead {
    chunks: StoreChunks,
    at: u64,
    bytes: Bytes,
}

impl Read for ChunkRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const AT_ONCE: u64 = 4096;
        if self.bytes.is_empty() {
            let length = AT_ONCE.min(self.chunks.len().saturating_sub(self.at));
            self.bytes = self.chunks.get(self.at, length).map_err(io::Error::other)?;
            self.at += length;
        }
        let length = buffer.len().min(self.bytes.len());
        buffer[..length].copy_from_slice(&self.bytes.split_to(length));
        Ok(length)
    }
}

/// Decodes a file on the thread that asks for batches; errors name the file.
pub struct NamedReader {
    pub reader: ParquetRecordBatchReader,
    pub path: Path,
    pub birthplace: Birthplace,
}

impl Iterator for NamedReader {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = guard(|| {
            self.birthplace.check()?;
            let batch = decode(|| self.reader.next().transpose());
            let batch = batch.and_then(|batch| batch.map_err(Error::from));
            batch.map_err(|error| Error::from(name_file(&self.path, error)))
        });
        next.map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for NamedReader {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}
