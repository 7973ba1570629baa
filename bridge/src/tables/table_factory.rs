//! `TableProviderFactory`: `CREATE EXTERNAL TABLE … STORED AS` a format that C++ knows.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cxx::UniquePtr;
use datafusion::arrow::ffi::FFI_ArrowSchema;
use datafusion::catalog::{Session, TableProvider, TableProviderFactory};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::CreateExternalTable;

use crate::border::error::{code, Error};
use crate::border::runtime;
use crate::ffi::bridge::{ArrowSchema, ExternalTable, FactoryCallback, Pair};
use crate::tables::table_provider::CallbackTable;

/// The statement as C++ reads it; without a zone, times are in UTC.
fn external_table(command: &CreateExternalTable, zone: Option<String>) -> ExternalTable {
    // Clauses that only files without a table format need.
    let clauses = [
        ("WITH ORDER", !command.order_exprs.is_empty()),
        ("UNBOUNDED", command.unbounded),
        ("a constraint", command.constraints.iter().next().is_some()),
        ("DEFAULT", !command.column_defaults.is_empty()),
    ];
    let given = clauses.iter().filter(|(_, given)| *given).map(|(name, _)| *name);
    let option = |(key, value): (&String, &String)| Pair { key: key.clone(), value: value.clone() };
    ExternalTable {
        name: command.name.to_string(),
        locations: command.locations.clone(),
        options: command.options.iter().map(option).collect(),
        partition_columns: command.table_partition_cols.clone(),
        other_clauses: given.collect::<Vec<_>>().join(", "),
        time_zone: zone.unwrap_or_default(),
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
        let table = external_table(command, zone);
        let mut columns = FFI_ArrowSchema::try_from(command.schema.as_arrow())?;
        let definition = command.definition.clone();
        let table = runtime::spawn_blocking(move || {
            let missing = || Error::new(code::INTERNAL, "A table factory is not there.");
            let callback = callback.0.as_ref().ok_or_else(missing)?;
            let columns: *mut ArrowSchema = std::ptr::from_mut(&mut columns).cast();
            let table = CallbackTable::new(unsafe { callback.create(&table, columns) }?)?;
            Ok::<_, Error>(table.or_definition(definition))
        });
        Ok(Arc::new(table.await?))
    }
}
