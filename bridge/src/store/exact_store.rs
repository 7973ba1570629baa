//! An object store whose reads return exactly the range that was asked for. Stores return less where the
//! object is shorter, and decoders that relied on a size from elsewhere fall over that.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    coalesce_ranges, CopyOptions, GetOptions, GetRange, GetResult, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result, OBJECT_STORE_COALESCE_DEFAULT,
};

use crate::border::error::{code, Error};

#[derive(Debug)]
pub struct ExactStore {
    inner: Arc<dyn ObjectStore>,
    /// Whether each range of several is a request of its own for `inner`, which counts requests.
    counts_ranges: bool,
}

impl fmt::Display for ExactStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

fn too_short(location: &Path, size: u64, end: u64) -> object_store::Error {
    let message = format!("{location}: The file has {size} bytes where at least {end} must be.");
    let source = Box::new(Error::new(code::CORRUPT_DATA, message));
    object_store::Error::Generic { store: "exact", source }
}

impl ExactStore {
    pub fn new(inner: Arc<dyn ObjectStore>, counts_ranges: bool) -> Self {
        Self { inner, counts_ranges }
    }

    async fn read_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if self.counts_ranges {
            let get = |range| self.inner.get_range(location, range);
            return coalesce_ranges(ranges, get, OBJECT_STORE_COALESCE_DEFAULT).await;
        }
        self.inner.get_ranges(location, ranges).await
    }

    /// Why a read up to `end` failed: the object may be too short.
    async fn explain(
        &self,
        location: &Path,
        end: u64,
        error: object_store::Error,
    ) -> object_store::Error {
        if !matches!(error, object_store::Error::Generic { .. }) {
            return error;
        }
        match self.inner.head(location).await {
            Ok(meta) if meta.size < end => too_short(location, meta.size, end),
            _ => error,
        }
    }
}

#[async_trait]
impl ObjectStore for ExactStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let asked = match &options.range {
            Some(GetRange::Bounded(range)) => Some(range.clone()),
            _ => None,
        };
        let result = self.inner.get_opts(location, options).await;
        match (asked, result) {
            (Some(asked), Ok(result)) if result.range != asked => {
                Err(too_short(location, result.meta.size, asked.end))
            }
            (Some(asked), Err(error)) => Err(self.explain(location, asked.end, error).await),
            (_, result) => result,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
        let bytes = match self.read_ranges(location, ranges).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(self.explain(location, end, error).await),
        };
        for (range, bytes) in ranges.iter().zip(&bytes) {
            let read = bytes.len() as u64;
            if read != range.end - range.start {
                return Err(too_short(location, range.start + read, range.end));
            }
        }
        Ok(bytes)
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
