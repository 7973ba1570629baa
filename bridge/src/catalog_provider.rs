//! Tables that nobody registered: a `UrlTableFactory` that asks C++ what a name means.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cxx::UniquePtr;
use datafusion::catalog::{TableProvider, UrlTableFactory};
use datafusion::error::Result as DataFusionResult;

use crate::ffi::bridge::ResolverCallback;
use crate::runtime;
use crate::table_provider::CallbackTable;

struct Resolver(UniquePtr<ResolverCallback>);

// C++ promises that a resolver may be used from any thread (callbacks.h).
unsafe impl Send for Resolver {}
unsafe impl Sync for Resolver {}

pub struct ResolvedTables {
    resolver: Arc<Resolver>,
}

impl ResolvedTables {
    pub fn new(resolver: UniquePtr<ResolverCallback>) -> Self {
        Self { resolver: Arc::new(Resolver(resolver)) }
    }
}

impl fmt::Debug for ResolvedTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolvedTables").finish_non_exhaustive()
    }
}

#[async_trait]
impl UrlTableFactory for ResolvedTables {
    async fn try_new(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let (resolver, name) = (self.resolver.clone(), name.to_string());
        let table = runtime::spawn_blocking(move || {
            let Some(resolver) = resolver.0.as_ref() else { return Ok(None) };
            let callback = resolver.resolve(&name)?;
            match callback.is_null() {
                true => Ok(None),
                false => Ok(Some(CallbackTable::new(callback)?)),
            }
        });
        Ok(table.await?.map(|table| Arc::new(table) as _))
    }
}
