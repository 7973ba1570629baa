//! `object_store::MultipartUpload`: an object that is written piece by piece and in bounded memory. All of it
//! is there once the writer is finished, and nothing before.

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, PutMode, PutOptions, PutPayload};
use tokio::task::JoinSet;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::border::runtime;
use crate::store::object_store::{parse_location, Store};

/// The size of all parts but the last, which some stores want to be equal. Stores take 10,000 parts.
const PART_BYTES: usize = 8 << 20;
/// That of local files: a request costs next to nothing, and each open file holds a part.
const LOCAL_PART_BYTES: usize = 1 << 20;
/// Parts that are sent at a time.
const PARTS_AT_ONCE: usize = 4;

struct Upload {
    parts: Box<dyn MultipartUpload>,
    sending: JoinSet<object_store::Result<()>>,
}

pub struct ObjectWriter {
    store: Store,
    path: Path,
    is_open: bool,
    part_bytes: usize,
    /// What was not sent yet: at most a part.
    buffer: Vec<u8>,
    /// An object that is no longer than a part needs none.
    upload: Option<Upload>,
}

impl Upload {
    /// Waits until at most so many parts are being sent.
    async fn wait_for(&mut self, parts: usize) -> Result<()> {
        while self.sending.len() > parts {
            match self.sending.join_next().await {
                Some(Ok(sent)) => sent?,
                Some(Err(error)) => return Err(Error::new(code::INTERNAL, error.to_string())),
                None => break,
            }
        }
        Ok(())
    }

    async fn abort(mut self) -> Result<()> {
        self.sending.shutdown().await;
        Ok(self.parts.abort().await?)
    }
}

impl Store {
    pub fn open_writer(&self, location: &str) -> Result<Box<ObjectWriter>> {
        self.verb(|| {
            let path = parse_location(location)?;
            Ok(Box::new(ObjectWriter::new(self.clone(), path)))
        })
    }
}

impl ObjectWriter {
    fn new(store: Store, path: Path) -> Self {
        let part_bytes = if store.is_local() { LOCAL_PART_BYTES } else { PART_BYTES };
        Self { store, path, is_open: true, part_bytes, buffer: Vec::new(), upload: None }
    }

    /// Bytes of memory that it holds, but for parts that are being sent.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether parts of the object were sent. One that was not is a single request.
    pub fn has_parts(&self) -> bool {
        self.upload.is_some()
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        guard(|| {
            self.check()?;
            let appended = runtime::wait(self.add(bytes));
            self.or_give_up(appended)
        })
    }

    pub fn finish(&mut self) -> Result<()> {
        guard(|| {
            self.check()?;
            let finished = runtime::wait(self.complete());
            self.or_give_up(finished)?;
            self.is_open = false;
            Ok(())
        })
    }

    /// Gives the object up, if it is not finished.
    pub fn abort(&mut self) -> Result<()> {
        guard(|| {
            self.store.birthplace().check()?;
            self.is_open = false;
            self.buffer = Vec::new();
            let Some(upload) = self.upload.take() else { return Ok(()) };
            // A task of its own: it goes on though the thread that waits is cancelled.
            let aborted = runtime::handle()?.spawn(upload.abort());
            runtime::wait(async {
                aborted.await.map_err(|error| Error::new(code::INTERNAL, error.to_string()))?
            })
        })
    }

    fn check(&self) -> Result<()> {
        self.store.birthplace().check()?;
        match self.is_open {
            true => Ok(()),
            false => Err(Error::new(
                code::INVALID_ARGUMENT,
                format!("The writer of the object has ended: {}", self.path),
            )),
        }
    }

    /// After an error some part is missing.
    fn or_give_up(&mut self, result: Result<()>) -> Result<()> {
        if result.is_err() {
            // The first error tells more than that of giving up.
            let _ = self.abort();
        }
        result
    }

    /// As `append`; the caller gives the object up where it fails or is dropped half way.
    pub async fn add(&mut self, mut bytes: &[u8]) -> Result<()> {
        while self.buffer.len() + bytes.len() > self.part_bytes {
            let (fitting, rest) = bytes.split_at(self.part_bytes - self.buffer.len());
            self.buffer.extend_from_slice(fitting);
            self.send_part().await?;
            bytes = rest;
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    async fn send_part(&mut self) -> Result<()> {
        let part = PutPayload::from(std::mem::take(&mut self.buffer));
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => {
                let parts = self.store.store.put_multipart_opts(&self.path, Default::default());
                Upload { parts: parts.await?, sending: JoinSet::new() }
            }
        };
        let sent = upload.parts.put_part(part);
        upload.sending.spawn(sent);
        self.upload.insert(upload).wait_for(PARTS_AT_ONCE - 1).await
    }

    /// As `finish`; the caller gives the object up where it fails or is dropped half way.
    pub async fn complete(&mut self) -> Result<()> {
        if self.upload.is_none() {
            let payload = PutPayload::from(std::mem::take(&mut self.buffer));
            let options = PutOptions::from(PutMode::Overwrite);
            self.store.store.put_opts(&self.path, payload, options).await?;
            return Ok(());
        }
        self.send_part().await?;
        if let Some(upload) = &mut self.upload {
            upload.wait_for(0).await?;
            upload.parts.complete().await?;
        }
        self.upload = None;
        Ok(())
    }
}
