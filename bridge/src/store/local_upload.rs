//! A local file that is written in parts, as an upload of `object_store`.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::{MultipartUpload, PutPayload, PutResult, Result, UploadPart};

use crate::border::error::code;
use crate::border::runtime::read_files;
use crate::store::local_folder::{typed, write_error};
use crate::store::pending_file::{Durability, PendingFile};

#[derive(Debug)]
pub struct LocalUpload {
    path: PathBuf,
    /// Shared with parts that are being written; nothing once the upload has ended.
    pending: Option<Arc<PendingFile>>,
    /// Bytes of the parts so far.
    size: u64,
}

fn ended() -> object_store::Error {
    typed(code::INTERNAL, "The upload of a file has ended, or a part of it has not.".to_string())
}

fn write_part(pending: &PendingFile, part: PutPayload, mut offset: u64) -> std::io::Result<()> {
    for chunk in part {
        pending.file().write_all_at(&chunk, offset)?;
        offset += chunk.len() as u64;
    }
    Ok(())
}

impl LocalUpload {
    pub fn start(path: PathBuf, durability: Durability) -> Result<Self> {
        // On this thread: a file that another one makes may come after the upload was given up.
        let pending = PendingFile::new(path.clone(), durability);
        let pending = pending.map_err(|error| write_error(&path, error))?;
        Ok(Self { path, pending: Some(Arc::new(pending)), size: 0 })
    }
}

#[async_trait]
impl MultipartUpload for LocalUpload {
    fn put_part(&mut self, part: PutPayload) -> UploadPart {
        let (pending, offset, path) = (self.pending.clone(), self.size, self.path.clone());
        self.size += part.content_length() as u64;
        Box::pin(async move {
            let pending = pending.ok_or_else(ended)?;
            read_files(move || {
                write_part(&pending, part, offset).map_err(|error| write_error(&path, error))
            })
            .await
        })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let pending = self.pending.take().and_then(Arc::into_inner).ok_or_else(ended)?;
        let path = self.path.clone();
        read_files(move || pending.publish().map_err(|error| write_error(&path, error))).await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        if let Some(pending) = self.pending.take() {
            pending.discard();
        }
        Ok(())
    }
}
