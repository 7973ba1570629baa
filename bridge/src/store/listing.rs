//! `object_store::ObjectStore::list`, page by page: an unbounded number of objects in bounded memory.

use futures::stream::{BoxStream, Fuse};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;

use crate::border::error::Result;
use crate::border::guard::guard;
use crate::ffi::bridge::ObjectEntry;
use crate::store::object_store::{entry, Store};

/// As many objects as cloud stores list by one request.
const PAGE: usize = 1000;

pub struct Listing {
    store: Store,
    /// A page may end where the objects do: whoever asks for another one learns that.
    objects: Fuse<BoxStream<'static, object_store::Result<ObjectMeta>>>,
}

impl Listing {
    pub fn new(
        store: Store,
        objects: BoxStream<'static, object_store::Result<ObjectMeta>>,
    ) -> Self {
        Self { store, objects: objects.fuse() }
    }

    pub fn next_page(&mut self) -> Result<Vec<ObjectEntry>> {
        guard(|| {
            self.store.birthplace().check()?;
            let page = self.objects.by_ref().take(PAGE).map_ok(entry);
            self.store.wait(async { Ok(page.try_collect().await?) })
        })
    }
}
