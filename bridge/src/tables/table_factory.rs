//! `TableProviderFactory`: `CREATE EXTERNAL TABLE … STORED AS` a format that C++ knows.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cxx::UniquePtr;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::common::ScalarValue;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::CreateExternalTable;

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::columnar::arrow_border;
use crate::ffi::bridge::{ArrowSchema, FactoryCallback, Pair};
use crate::tables::instant::instant;
use crate::tables::table_provider::CallbackTable;

/// The statement as C++ reads it.
pub struct ExternalTable {
    command: CreateExternalTable,
    zone: Option<String>,
}

impl ExternalTable {
    pub fn name(&self) -> String {
        self.command.name.to_string()
    }

    pub fn locations(&self) -> Vec<String> {
        self.command.locations.clone()
    }

    pub fn options(&self) -> Vec<Pair> {
        let options = self.command.options.iter();
        options.map(|(key, value)| Pair { key: key.clone(), value: value.clone() }).collect()
    }

    pub fn partition_columns(&self) -> Vec<String> {
        self.command.table_partition_cols.clone()
    }

    /// Clauses that only files without a table format need, as text.
    pub fn other_clauses(&self) -> String {
        let clauses = [
            ("WITH ORDER", !self.command.order_exprs.is_empty()),
            ("UNBOUNDED", self.command.unbounded),
            ("a constraint", self.command.constraints.iter().next().is_some()),
            ("DEFAULT", !self.command.column_defaults.is_empty()),
        ];
        let given = clauses.iter().filter(|(_, given)| *given).map(|(name, _)| *name);
        given.collect::<Vec<_>>().join(", ")
    }

    /// Reads a time as SQL would, in the session's time zone; microseconds since the Unix epoch.
    pub fn instant(&self, text: &str) -> Result<i64> {
        instant(&ScalarValue::from(text), self.zone.as_deref())
    }

    /// # Safety
    /// `out` points to memory for an `ArrowSchema`.
    pub unsafe fn export_schema(&self, out: *mut ArrowSchema) -> Result<()> {
        arrow_border::export_schema(self.command.schema.as_arrow(), out)
    }
}

struct Callback(UniquePtr<FactoryCallback>);

// C++ promises that a factory may be called from any thread (callbacks.h).
unsafe impl Send for Callback {}
unsafe impl Sync for Callback {}

pub struct CallbackFactory {
    callback: Arc<Callback>,
}

impl CallbackFactory {
    pub fn new(callback: UniquePtr<FactoryCallback>) -> Self {
        Self { callback: Arc::new(Callback(callback)) }
    }
}

impl fmt::Debug for CallbackFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackFactory").finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProviderFactory for CallbackFactory {
    async fn create(
        &self,
        session: &dyn Session,
        command: &CreateExternalTable,
    ) -> DataFusionResult<Arc<dyn TableProvider>> {
        let callback = self.callback.clone();
        let zone = session.config_options().execution.time_zone.clone();
        let command = ExternalTable { command: command.clone(), zone };
        let table = runtime::spawn_blocking(move || {
            let missing = || Error::new(code::INTERNAL, "A table factory is not there.");
            let callback = callback.0.as_ref().ok_or_else(missing)?;
            let table = CallbackTable::new(callback.create(&command)?)?;
            Ok::<_, Error>(table.or_definition(command.command.definition))
        });
        Ok(Arc::new(table.await?))
    }
}
