//! `TableFunctionImpl`: a function of C++ that yields a table.

use std::fmt;
use std::sync::Arc;

use cxx::{SharedPtr, UniquePtr};
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, TableReference};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::ffi::bridge::{
    ArgumentKind, FunctionArgument, FunctionCallback, FunctionResult, TableCallback,
};
use crate::tables::instant::instant;
use crate::tables::lookups::Lookups;
use crate::tables::row_table::RowTable;
use crate::tables::table_provider::CallbackTable;

/// A call as C++ reads it: constants, and a look at the session's tables.
pub struct FunctionCall {
    arguments: Vec<(String, ScalarValue)>,
    zone: Option<String>,
    state: Option<SessionState>,
    lookups: Option<Arc<Lookups>>,
}

impl FunctionCall {
    pub fn new(
        arguments: Vec<(String, ScalarValue)>,
        zone: Option<String>,
        state: Option<SessionState>,
        lookups: Option<Arc<Lookups>>,
    ) -> Self {
        Self { arguments, zone, state, lookups }
    }

    /// The arguments as C++ reads them.
    fn arguments(&self) -> Result<Vec<FunctionArgument>> {
        let zone = self.zone.as_deref();
        self.arguments.iter().map(|(name, value)| argument(name, value, zone)).collect()
    }

    fn find(&self, name: &str) -> Result<Option<CallbackTable>> {
        let Some(state) = self.state.clone() else { return Ok(None) };
        let name = TableReference::parse_str_normalized(name, true);
        let lookups = match &self.lookups {
            Some(lookups) => lookups.naming([&name]),
            None => Lookups::default().naming([&name]),
        };
        let catalog = &state.config_options().catalog;
        let name = name.resolve(&catalog.default_catalog, &catalog.default_schema);
        let lookup = async move {
            let Ok(schema) = state.schema_for_ref(TableReference::from(name.clone())) else {
                return Ok(None);
            };
            Ok::<_, Error>(schema.table(&name.table).await?)
        };
        let table = runtime::wait(Lookups::during(Some(Arc::new(lookups)), lookup))?;
        Ok(table.as_ref().and_then(|table| table.downcast_ref::<CallbackTable>()).cloned())
    }

    /// The C++ table that SQL knows by that name; null if there is none.
    pub fn find_table(&self, name: &str) -> Result<SharedPtr<TableCallback>> {
        Ok(self.find(name)?.map_or_else(SharedPtr::null, |table| table.callback()))
    }

    /// Whether the name is that of a table and of a version of it.
    pub fn names_version(&self, name: &str) -> Result<bool> {
        Ok(self.find(name)?.is_some_and(|table| table.is_versioned()))
    }
}

fn kind_of(value: &ScalarValue) -> ArgumentKind {
    match value.data_type() {
        _ if value.is_null() => ArgumentKind::Null,
        DataType::Boolean => ArgumentKind::Boolean,
        kind if kind.is_integer() => ArgumentKind::Integer,
        kind if kind.is_numeric() => ArgumentKind::Number,
        kind if kind.is_string() => ArgumentKind::Text,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => ArgumentKind::Time,
        _ => ArgumentKind::Other,
    }
}

/// Texts are read as times in the session's time zone.
fn argument(name: &str, value: &ScalarValue, zone: Option<&str>) -> Result<FunctionArgument> {
    let kind = kind_of(value);
    let integer = match kind {
        ArgumentKind::Integer => match value.cast_to(&DataType::Int64)? {
            ScalarValue::Int64(Some(number)) => number,
            other => {
                let message = format!("This is not a number: {other}");
                return Err(Error::new(code::INVALID_SQL, message));
            }
        },
        _ => 0,
    };
    let instant = instant(value, zone).ok();
    Ok(FunctionArgument {
        name: name.to_string(),
        kind,
        text: value.to_string(),
        boolean: *value == ScalarValue::Boolean(Some(true)),
        integer,
        is_instant: instant.is_some(),
        instant: instant.unwrap_or_default(),
    })
}

impl FunctionResult {
    async fn into_provider(self, lookups: Option<Arc<Lookups>>) -> Result<Arc<dyn TableProvider>> {
        if self.table.is_null() {
            return Ok(Arc::new(RowTable::new(self.rows)?));
        }
        let table = Arc::new(CallbackTable::new(self.table)?);
        match lookups {
            Some(lookups) => Ok(lookups.current(&table).await?),
            None => Ok(table.current().await?),
        }
    }
}

/// A function under the name that it is registered by.
pub struct NamedFunction {
    name: String,
    callback: Arc<Callback>,
}

struct Callback(UniquePtr<FunctionCallback>);

// C++ promises that a function may be called from any thread (callbacks.h).
unsafe impl Send for Callback {}
unsafe impl Sync for Callback {}

impl NamedFunction {
    pub fn new(name: &str, callback: UniquePtr<FunctionCallback>) -> Self {
        Self { name: name.to_string(), callback: Arc::new(Callback(callback)) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub async fn call(&self, call: FunctionCall) -> Result<Arc<dyn TableProvider>> {
        let (callback, lookups) = (self.callback.clone(), call.lookups.clone());
        let result = runtime::spawn_blocking(move || {
            let Some(callback) = callback.0.as_ref() else {
                return Err(Error::new(code::INTERNAL, "A table function is not there."));
            };
            Ok(callback.call(&call.arguments()?, &call)?)
        });
        result.await?.into_provider(lookups).await
    }
}

impl fmt::Debug for NamedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedFunction").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The way in without SQL text, where no argument has a name.
impl TableFunctionImpl for NamedFunction {
    fn call_with_args(&self, args: TableFunctionArgs) -> DataFusionResult<Arc<dyn TableProvider>> {
        let constant = |argument: &Expr| match argument {
            Expr::Literal(value, _) => Ok((String::new(), value.clone())),
            other => {
                let message = format!("Only a constant expression can stand here: {other}");
                Err(Error::new(code::INVALID_SQL, message))
            }
        };
        let values = args.exprs().iter().map(constant).collect::<Result<Vec<_>>>()?;
        let state = args.session().as_any().downcast_ref::<SessionState>().cloned();
        let zone = args.session().config_options().execution.time_zone.clone();
        let call = FunctionCall::new(values, zone, state, Lookups::here());
        Ok(runtime::wait(self.call(call))?)
    }
}
