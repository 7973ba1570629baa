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
use crate::ffi::bridge::{FunctionCallback, RowsCallback, TableCallback};
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

/// What C++ answers.
pub struct FunctionResult {
    table: SharedPtr<TableCallback>,
    rows: SharedPtr<RowsCallback>,
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

    fn value(&self, index: usize) -> Result<&ScalarValue> {
        let argument = self.arguments.get(index).map(|(_, value)| value);
        argument.ok_or_else(|| Error::new(code::INTERNAL, "No such argument."))
    }

    pub fn num_arguments(&self) -> usize {
        self.arguments.len()
    }

    /// Empty for an argument without a name.
    pub fn name(&self, index: usize) -> String {
        self.arguments.get(index).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// "null", "boolean", "integer", "number", "text", "time" or "other".
    pub fn kind(&self, index: usize) -> Result<String> {
        let value = self.value(index)?;
        let kind = match value.data_type() {
            _ if value.is_null() => "null",
            DataType::Boolean => "boolean",
            kind if kind.is_integer() => "integer",
            kind if kind.is_numeric() => "number",
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => "time",
            _ => "other",
        };
        Ok(kind.to_string())
    }

    pub fn text(&self, index: usize) -> Result<String> {
        Ok(self.value(index)?.to_string())
    }

    pub fn boolean(&self, index: usize) -> Result<bool> {
        Ok(*self.value(index)? == ScalarValue::Boolean(Some(true)))
    }

    pub fn integer(&self, index: usize) -> Result<i64> {
        match self.value(index)?.cast_to(&DataType::Int64)? {
            ScalarValue::Int64(Some(number)) => Ok(number),
            other => Err(Error::new(code::INVALID_SQL, format!("This is not a number: {other}"))),
        }
    }

    /// Microseconds since the Unix epoch; text is read in the session's time zone.
    pub fn instant(&self, index: usize) -> Result<i64> {
        instant(self.value(index)?, self.zone.as_deref())
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

impl FunctionResult {
    fn empty() -> Self {
        Self { table: SharedPtr::null(), rows: SharedPtr::null() }
    }

    pub fn set_table(&mut self, table: SharedPtr<TableCallback>) {
        self.table = table;
    }

    pub fn set_rows(&mut self, rows: SharedPtr<RowsCallback>) {
        self.rows = rows;
    }

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
            let mut result = FunctionResult::empty();
            let Some(callback) = callback.0.as_ref() else {
                return Err(Error::new(code::INTERNAL, "A table function is not there."));
            };
            callback.call(&call, &mut result)?;
            Ok(result)
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
