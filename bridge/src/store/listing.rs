//! `object_store::ObjectStore::list`, page by page: an unbounded number of objects in bounded memory.

use futures::stream::{BoxStream, Fuse};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;

use crate::border::error::Result;
use crate::border::guard::guard;
use crate::ffi::bridge::ObjectEntry;
use crate::store::object_store::{entry, parse_location, Store};

/// As many objects as cloud stores list by one request.
const PAGE: usize = 1000;

pub struct Listing {
    store: Store,
    /// A page may end where the objects do: whoever asks for another one learns that.
    objects: Fuse<BoxStream<'static, object_store::Result<ObjectMeta>>>,
}

impl Store {
    pub fn list_below(&self, prefix: &str, start_after: &str) -> Result<Box<Listing>> {
        self.verb(|| {
            self.check_listing()?;
            let folder = parse_location(prefix)?;
            let offset = parse_location(start_after)?;
            let objects = match start_after {
                "" => self.store.list(Some(&folder)),
                _ => self.store.list_with_offset(Some(&folder), &offset),
            };
            Ok(Box::new(Listing::new(self.clone(), objects)))
        })
    }
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
