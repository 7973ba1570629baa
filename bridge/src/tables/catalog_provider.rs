//! `CatalogProviderList` and what is below it: catalogs of C++, names that nobody registered, and
//! tables that are looked up anew by each statement.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use cxx::{SharedPtr, UniquePtr};
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::TableReference;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::TableType;

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::ffi::bridge::{CatalogCallback, ResolverCallback, TableCallback};
use crate::tables::file_tables::FileTables;
use crate::tables::lookups::Lookups;
use crate::tables::table_provider::CallbackTable;

/// A C++ object under a name. C++ promises that it may be used from any thread (callbacks.h).
struct AnyThread<T: cxx::memory::UniquePtrTarget>(UniquePtr<T>);

unsafe impl<T: cxx::memory::UniquePtrTarget> Send for AnyThread<T> {}
unsafe impl<T: cxx::memory::UniquePtrTarget> Sync for AnyThread<T> {}

impl<T: cxx::memory::UniquePtrTarget> AnyThread<T> {
    fn get(&self) -> Result<&T> {
        self.0.as_ref().ok_or_else(|| Error::new(code::INTERNAL, "A catalog is not there."))
    }
}

fn as_table(callback: SharedPtr<TableCallback>) -> Result<Option<Arc<CallbackTable>>> {
    match callback.is_null() {
        true => Ok(None),
        false => Ok(Some(Arc::new(CallbackTable::new(callback)?))),
    }
}

/// Answers for names that no catalog has.
#[derive(Clone, Default)]
pub struct Resolver(Arc<RwLock<Option<Arc<AnyThread<ResolverCallback>>>>>);

impl Resolver {
    pub fn set(&self, callback: UniquePtr<ResolverCallback>) {
        let mut resolver = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *resolver = Some(Arc::new(AnyThread(callback)));
    }

    fn get(&self) -> Option<Arc<AnyThread<ResolverCallback>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn resolve(&self, name: &str) -> Result<Option<Arc<CallbackTable>>> {
        let Some(resolver) = self.get() else { return Ok(None) };
        let name = name.to_string();
        runtime::spawn_blocking(move || as_table(resolver.get()?.resolve(&name)?)).await
    }

    /// The name and the version that a name such as `table@v3` consists of.
    pub fn split_version(&self, name: &str) -> Result<Option<(String, bool, i64)>> {
        let Some(resolver) = self.get() else { return Ok(None) };
        let split = resolver.get()?.split_version(name)?;
        Ok(split.found.then_some((split.name, split.is_time, split.value)))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// The catalogs of a session.
#[derive(Debug)]
pub struct SessionCatalogs {
    inner: Arc<dyn CatalogProviderList>,
    resolver: Resolver,
    files: FileTables,
}

impl SessionCatalogs {
    pub fn new(inner: Arc<dyn CatalogProviderList>, resolver: Resolver, files: FileTables) -> Self {
        Self { inner, resolver, files }
    }
}

impl CatalogProviderList for SessionCatalogs {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.inner.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.inner.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let inner = self.inner.catalog(name)?;
        let (resolver, files) = (self.resolver.clone(), self.files.clone());
        Some(Arc::new(SessionCatalog { inner, resolver, files }))
    }
}

#[derive(Debug)]
struct SessionCatalog {
    inner: Arc<dyn CatalogProvider>,
    resolver: Resolver,
    files: FileTables,
}

impl CatalogProvider for SessionCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.inner.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let inner = self.inner.schema(name)?;
        let (resolver, files) = (self.resolver.clone(), self.files.clone());
        Some(Arc::new(SessionSchema { inner, resolver, files }))
    }

    fn register_schema(
        &self,
        name: &str,
        schema: Arc<dyn SchemaProvider>,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        self.inner.register_schema(name, schema)
    }

    fn deregister_schema(
        &self,
        name: &str,
        cascade: bool,
    ) -> DataFusionResult<Option<Arc<dyn SchemaProvider>>> {
        self.inner.deregister_schema(name, cascade)
    }
}

#[derive(Debug)]
struct SessionSchema {
    inner: Arc<dyn SchemaProvider>,
    resolver: Resolver,
    files: FileTables,
}

impl SessionSchema {
    /// The table of a name without a version, asked of the resolver only where the statement has no
    /// schema before it. A statement gets what a changing table is now.
    async fn find(&self, name: &str, is_bare: bool) -> Result<Option<Arc<dyn TableProvider>>> {
        let found = match self.inner.table(name).await? {
            Some(table) => match table.downcast_ref::<CallbackTable>() {
                Some(table) => Some(Arc::new(table.clone())),
                None => return Ok(Some(table)),
            },
            None if is_bare => match self.resolver.resolve(name).await {
                Ok(found) => found,
                Err(no_table) if no_table.code() == code::TABLE_NOT_FOUND => {
                    // Where files cannot be read either, that there is no table is said.
                    let files = self.files.find(name).await?;
                    return files.map_or(Err(no_table), |files| Ok(Some(files)));
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok(match (found, Lookups::here()) {
            (Some(table), Some(lookups)) => Some(lookups.current(&table).await?),
            (Some(table), None) => Some(table),
            (None, _) => None,
        })
    }
}

#[async_trait]
impl SchemaProvider for SessionSchema {
    fn owner_name(&self) -> Option<&str> {
        self.inner.owner_name()
    }

    fn table_names(&self) -> Vec<String> {
        self.inner.table_names()
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let split = match self.inner.table_exist(name) {
            true => None,
            false => self.resolver.split_version(name)?,
        };
        let is_bare = !Lookups::here().is_some_and(|lookups| lookups.is_qualified(name));
        let Some((base, is_time, value)) = split else {
            return Ok(self.find(name, is_bare).await?);
        };
        let Some(table) = self.find(&base, is_bare).await? else { return Ok(None) };
        let Some(table) = table.downcast_ref::<CallbackTable>() else {
            let message = format!("A version of a table that keeps none is not supported: {base}");
            return Err(Error::new(code::NOT_IMPLEMENTED, message).into());
        };
        Ok(Some(table.at_version(is_time, value).await?))
    }

    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        self.inner.table_type(name).await
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if self.resolver.split_version(&name)?.is_some() {
            let message = format!("A new table cannot have the name of a version: {name}");
            return Err(Error::new(code::INVALID_ARGUMENT, message).into());
        }
        self.inner.register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        self.inner.deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.inner.table_exist(name)
    }
}

/// A catalog whose schemas and tables C++ lists.
pub struct CallbackCatalog {
    name: String,
    callback: Arc<AnyThread<CatalogCallback>>,
}

impl CallbackCatalog {
    pub fn new(name: &str, callback: UniquePtr<CatalogCallback>) -> Self {
        Self { name: name.to_string(), callback: Arc::new(AnyThread(callback)) }
    }
}

impl fmt::Debug for CallbackCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackCatalog").finish_non_exhaustive()
    }
}

/// Lists names for an interface that knows no failure: a catalog that cannot be listed has none.
fn list(
    callback: &Arc<AnyThread<CatalogCallback>>,
    names: impl FnOnce(&CatalogCallback) -> Result<Vec<String>> + Send + 'static,
) -> Vec<String> {
    let callback = callback.clone();
    let listing = runtime::spawn_blocking(move || names(callback.get()?));
    runtime::wait(listing).unwrap_or_default()
}

impl CatalogProvider for CallbackCatalog {
    fn schema_names(&self) -> Vec<String> {
        list(&self.callback, |catalog| Ok(catalog.schema_names()?))
    }

    /// Any name is a schema's, without a look: one that is not there has no tables.
    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let (catalog, callback) = (self.name.clone(), self.callback.clone());
        Some(Arc::new(CallbackSchema { callback, catalog, name: name.to_string() }))
    }
}

struct CallbackSchema {
    callback: Arc<AnyThread<CatalogCallback>>,
    catalog: String,
    name: String,
}

impl fmt::Debug for CallbackSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackSchema").field("name", &self.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for CallbackSchema {
    fn table_names(&self) -> Vec<String> {
        let schema = self.name.clone();
        list(&self.callback, move |catalog| Ok(catalog.table_names(&schema)?))
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let shown = TableReference::full(&*self.catalog, &*self.name, name);
        let (callback, schema, name) = (self.callback.clone(), self.name.clone(), name.to_string());
        let find = move || as_table(callback.get()?.find_table(&schema, &name)?);
        // The information schema asks for all tables, and would not tell which one cannot be opened.
        let found = runtime::spawn_blocking(find).await.map_err(|error| {
            let message = format!("{} In the catalog it is {shown}", error.message());
            Error::new(error.code(), message)
        });
        Ok(found?.map(|table| table as _))
    }

    /// Told without opening the table.
    async fn table_type(&self, _: &str) -> DataFusionResult<Option<TableType>> {
        Ok(Some(TableType::Base))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|table| table == name)
    }
}
