//! `PaginatedListStore`: the objects of a folder, page by page, without those of the folders in it.

use std::borrow::Cow;
use std::sync::Arc;

use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::{Path, DELIMITER};
use object_store::{ObjectMeta, Result};

/// Lists below the root of a store.
#[derive(Clone)]
pub struct PagedListing {
    pages: Arc<dyn PaginatedListStore>,
    root: Path,
}

impl PagedListing {
    pub fn new(pages: Arc<dyn PaginatedListStore>, root: Path) -> Self {
        Self { pages, root }
    }

    /// The objects in `folder` whose paths are greater than `start_after`. Stores may answer the marker of
    /// the folder itself too.
    pub async fn objects(&self, folder: &Path, start_after: &Path) -> Result<Vec<ObjectMeta>> {
        let below_root = |path: &Path| self.root.parts().chain(path.parts()).collect::<Path>();
        let prefix = below_root(folder);
        let prefix = (!prefix.is_root()).then(|| format!("{prefix}{DELIMITER}"));
        let offset = (!start_after.is_root()).then(|| below_root(start_after).to_string());
        let mut objects = Vec::new();
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions {
                offset: offset.clone(),
                delimiter: Some(Cow::Borrowed(DELIMITER)),
                page_token,
                ..PaginatedListOptions::default()
            };
            let page = self.pages.list_paginated(prefix.as_deref(), options).await?;
            for mut object in page.result.objects {
                let Some(location) = object.location.prefix_match(&self.root) else { continue };
                object.location = location.collect();
                objects.push(object);
            }
            page_token = page.page_token;
            if page_token.is_none() {
                return Ok(objects);
            }
        }
    }
}
