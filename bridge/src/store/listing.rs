//! `object_store::ObjectStore::list`, page by page: an unbounded number of objects in bounded memory.

use futures::future::ready;
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
            Ok(Box::new(Listing::new(self.clone(), self.store.list(Some(&folder)), start_after)))
        })
    }
}

impl Listing {
    fn new(
        store: Store,
        objects: BoxStream<'static, object_store::Result<ObjectMeta>>,
        start_after: &str,
    ) -> Self {
        let start_after = start_after.to_string();
        // Servers differ in what comes after a location, and some lose objects.
        let objects = objects.try_filter(move |object| {
            let location: &str = object.location.as_ref();
            ready(location > start_after.as_str())
        });
        Self { store, objects: objects.boxed().fuse() }
    }

    pub fn next_page(&mut self) -> Result<Vec<ObjectEntry>> {
        guard(|| {
            self.store.birthplace().check()?;
            let page = self.objects.by_ref().take(PAGE).map_ok(entry);
            self.store.wait(async { Ok(page.try_collect().await?) })
        })
    }
}
