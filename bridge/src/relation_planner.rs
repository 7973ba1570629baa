//! `RelationPlanner`: tables at a version, and table functions with named arguments. DataFusion's
//! own planner would read over a version and over whatever else it does not know behind a table.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFactor,
    TableVersion,
};

use crate::error::{code, Error, Result};
use crate::runtime;
use crate::statement::{as_callback_table, Lookups};
use crate::table_function::{FunctionCall, NamedFunction};

/// The functions that C++ has registered, by their names in small letters.
pub type Functions = Arc<RwLock<HashMap<String, Arc<NamedFunction>>>>;

pub struct SessionRelations {
    functions: Functions,
    state: StateReference,
}

/// The session's state, which holds the planner.
pub type StateReference = Arc<dyn Fn() -> Option<SessionState> + Send + Sync>;

impl SessionRelations {
    pub fn new(functions: Functions, state: StateReference) -> Self {
        Self { functions, state }
    }
}

impl fmt::Debug for SessionRelations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRelations").finish_non_exhaustive()
    }
}

fn unsupported(what: impl fmt::Display, table: impl fmt::Display) -> Error {
    Error::new(code::NOT_IMPLEMENTED, format!("{what} is not supported: {table}"))
}

/// The value of an expression that names no column.
fn constant(
    expression: SqlExpr,
    context: &mut dyn RelationPlannerContext,
) -> DataFusionResult<ScalarValue> {
    let text = expression.to_string();
    let schema = DFSchema::empty();
    let expression = context.sql_to_expr(expression, &schema)?;
    let options = Arc::new(context.context_provider().options().clone());
    let simplify = SimplifyContext::builder()
        .with_config_options(options)
        .with_schema(Arc::new(DFSchema::empty()))
        .with_current_time()
        .build();
    let simplifier = ExprSimplifier::new(simplify);
    match simplifier.simplify(simplifier.coerce(expression, &schema)?)? {
        Expr::Literal(value, _) => Ok(value),
        _ => {
            let message = format!("Only a constant expression can stand here: {text}");
            Err(Error::new(code::INVALID_SQL, message).into())
        }
    }
}

fn is_temporal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..)
    )
}

/// A point in time as microseconds since the Unix epoch. What says no zone is in `zone`.
pub fn instant(value: &ScalarValue, zone: Option<&str>) -> Result<i64> {
    let invalid = || Error::new(code::INVALID_SQL, format!("This is not a point in time: {value}"));
    if !is_temporal(&value.data_type()) || value.is_null() {
        return Err(invalid());
    }
    let value = match value.data_type() {
        DataType::Date32 | DataType::Date64 => {
            value.cast_to(&DataType::Timestamp(TimeUnit::Microsecond, None))
        }
        _ => Ok(value.clone()),
    };
    let zone = zone.unwrap_or("+00:00");
    let kind = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
    match value.and_then(|value| value.cast_to(&kind)) {
        Ok(ScalarValue::TimestampMicrosecond(Some(micros), _)) => Ok(micros),
        _ => Err(invalid()),
    }
}

impl SessionRelations {
    fn plan_version(
        &self,
        name: ObjectName,
        version: TableVersion,
        alias: Option<TableAlias>,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let reference = context.object_name_to_table_reference(name)?;
        let (is_time, value) = match version {
            TableVersion::VersionAsOf(expression) => {
                let value = constant(expression, context)?;
                match value.cast_to(&DataType::Int64) {
                    Ok(ScalarValue::Int64(Some(number))) => (false, number),
                    _ => {
                        let message = format!("This is not a version: {value}");
                        return Err(Error::new(code::INVALID_SQL, message).into());
                    }
                }
            }
            TableVersion::TimestampAsOf(expression)
            | TableVersion::ForSystemTimeAsOf(expression) => {
                let value = constant(expression, context)?;
                let zone = context.context_provider().options().execution.time_zone.clone();
                (true, instant(&value, zone.as_deref())?)
            }
            clause @ (TableVersion::Function(_) | TableVersion::Changes { .. }) => {
                return Err(unsupported(format!("The clause {clause}"), reference).into());
            }
        };
        let source = context.context_provider().get_table_source(reference.clone())?;
        let Some(table) = as_callback_table(&source) else {
            return Err(unsupported("A version of a table that keeps none", reference).into());
        };
        let table = runtime::wait(table.at_version(is_time, value))?;
        let unit = if is_time { "us" } else { "v" };
        let name = format!("{}@{unit}{value}", reference.table());
        plan_scan(name, table, reference, alias)
    }

    fn find_function(&self, name: &ObjectName) -> Option<Arc<NamedFunction>> {
        let [part] = name.0.as_slice() else { return None };
        let name = part.as_ident()?.value.to_lowercase();
        self.functions.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned()
    }

    fn plan_function(
        &self,
        function: &NamedFunction,
        arguments: Vec<FunctionArg>,
        alias: Option<TableAlias>,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let (name, value) = match argument {
                FunctionArg::Unnamed(value) => (String::new(), value),
                FunctionArg::Named { name: Ident { value: name, .. }, arg, .. } => (name, arg),
                FunctionArg::ExprNamed { name, arg, .. } => (name.to_string(), arg),
            };
            let FunctionArgExpr::Expr(value) = value else {
                return Err(unsupported("Such an argument", value).into());
            };
            values.push((name.to_lowercase(), constant(value, context)?));
        }
        let shown: Vec<_> =
            values.iter().map(|(name, value)| format!("{name} => {value:?}")).collect();
        let text = format!("{}({})", function.name(), shown.join(", "));
        let zone = context.context_provider().options().execution.time_zone.clone();
        let call = FunctionCall::new(values, zone, (self.state)(), Lookups::here());
        let table = runtime::wait(function.call(call))?;
        plan_scan(text, table, TableReference::bare(function.name()), alias)
    }
}

/// A scan that bears `name` as long as nobody sees it, and `shown` then. For the optimizer two scans of
/// one name are the same, whatever is behind them.
fn plan_scan(
    name: String,
    table: Arc<dyn TableProvider>,
    shown: TableReference,
    alias: Option<TableAlias>,
) -> DataFusionResult<RelationPlanning> {
    let scan =
        LogicalPlanBuilder::scan(TableReference::bare(name), provider_as_source(table), None)?;
    let plan = scan.alias(shown)?.build()?;
    Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
}

/// Refuses what the default planner would silently leave out.
fn refuse_unknown_clauses(relation: &TableFactor) -> Result<()> {
    match relation {
        TableFactor::Table {
            name,
            with_hints,
            with_ordinality,
            partitions,
            json_path,
            sample,
            index_hints,
            ..
        } => {
            let clause = if sample.is_some() {
                "TABLESAMPLE"
            } else if *with_ordinality {
                "WITH ORDINALITY"
            } else if !partitions.is_empty() {
                "PARTITION"
            } else if json_path.is_some() {
                "A path into a table"
            } else if !with_hints.is_empty() || !index_hints.is_empty() {
                "A hint"
            } else {
                return Ok(());
            };
            Err(unsupported(clause, name))
        }
        TableFactor::Derived { sample: Some(_), .. } => {
            Err(unsupported("TABLESAMPLE", "a subquery"))
        }
        _ => Ok(()),
    }
}

impl RelationPlanner for SessionRelations {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        refuse_unknown_clauses(&relation)?;
        let function = match &relation {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                self.find_function(name)
            }
            _ => None,
        };
        match (relation, function) {
            (TableFactor::Table { name, version: Some(_), args: Some(_), .. }, _) => {
                Err(unsupported("The version of a function's result", name).into())
            }
            (TableFactor::Table { name, version: Some(version), alias, .. }, _) => {
                self.plan_version(name, version, alias, context)
            }
            (TableFactor::Table { args: Some(arguments), alias, .. }, Some(function)) => {
                self.plan_function(&function, arguments.args, alias, context)
            }
            (TableFactor::Function { args, alias, .. }, Some(function)) => {
                self.plan_function(&function, args, alias, context)
            }
            (relation, _) => Ok(RelationPlanning::Original(Box::new(relation))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_zone_are_in_the_sessions() {
        let text = |text: &str| ScalarValue::Utf8(Some(text.to_string()));
        let hour = 3_600_000_000;
        let micros = |value: &ScalarValue, zone| instant(value, zone).ok();
        assert_eq!(micros(&text("1970-01-01 01:00:00"), None), Some(hour));
        assert_eq!(micros(&text("1970-01-01T01:00:00Z"), Some("+02:00")), Some(hour));
        assert_eq!(micros(&text("1970-01-01 02:00:00"), Some("+02:00")), Some(0));
        assert_eq!(micros(&text("1970-01-02"), None), Some(24 * hour));
        assert_eq!(micros(&ScalarValue::Date32(Some(1)), None), Some(24 * hour));
        assert_eq!(micros(&ScalarValue::TimestampSecond(Some(3600), None), None), Some(hour));
        for bad in [text("soon"), ScalarValue::Int64(Some(3)), ScalarValue::Utf8(None)] {
            assert!(instant(&bad, None).is_err(), "{bad}");
        }
    }
}
