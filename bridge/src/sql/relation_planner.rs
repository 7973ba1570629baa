//! `RelationPlanner`: tables at a version, and table functions with named arguments. DataFusion's
//! own planner would read over a version and over whatever else it does not know after a table.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, ScalarValue, TableReference};
use datafusion::datasource::provider_as_source;
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFactor,
    TableVersion,
};

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::tables::catalog_provider::Resolver;
use crate::tables::file_tables::StateReference;
use crate::tables::instant::instant;
use crate::tables::lookups::Lookups;
use crate::tables::table_function::{FunctionCall, NamedFunction};
use crate::tables::table_provider::callback_table;

/// The functions that C++ has registered, by their names in small letters.
pub type Functions = Arc<RwLock<HashMap<String, Arc<NamedFunction>>>>;

pub struct SessionRelations {
    functions: Functions,
    resolver: Resolver,
    state: StateReference,
}

impl SessionRelations {
    pub fn new(functions: Functions, resolver: Resolver, state: StateReference) -> Self {
        Self { functions, resolver, state }
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

/// The number of a version; text is read as one, other numbers are not.
fn version_number(value: &ScalarValue) -> Option<i64> {
    let kind = value.data_type();
    if !kind.is_integer() && !kind.is_string() {
        return None;
    }
    match value.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(number)) => number,
        _ => None,
    }
}

/// A table of that name and nothing else.
fn bare_table(name: ObjectName) -> TableFactor {
    TableFactor::Table {
        name,
        alias: None,
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

fn no_table(name: impl fmt::Display) -> Error {
    let message = "A version can be asked of tables only, not of a view or of a query in WITH";
    Error::new(code::INVALID_SQL, format!("{message}: {name}"))
}

impl SessionRelations {
    /// Refuses `name@v1` where `name` is a query of the statement, which hides the table of that name.
    fn refuse_version_of_query(
        &self,
        name: &ObjectName,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<()> {
        let TableReference::Bare { table } =
            context.object_name_to_table_reference(name.clone())?
        else {
            return Ok(());
        };
        let Some((base, ..)) = self.resolver.split_version(&table)? else { return Ok(()) };
        let base = ObjectName::from(vec![Ident::with_quote('"', base)]);
        // Where the statement does not name the table alone, there is no plan of it, and no query.
        match context.plan(bare_table(base)) {
            Ok(LogicalPlan::TableScan(scan)) if callback_table(&scan.source).is_some() => Ok(()),
            Ok(_) => Err(no_table(name).into()),
            Err(_) => Ok(()),
        }
    }

    fn plan_version(
        &self,
        name: ObjectName,
        version: TableVersion,
        alias: Option<TableAlias>,
        context: &mut dyn RelationPlannerContext,
    ) -> DataFusionResult<RelationPlanning> {
        let reference = context.object_name_to_table_reference(name.clone())?;
        let (is_time, value) = match version {
            TableVersion::VersionAsOf(expression) => {
                let text = expression.to_string();
                let number = version_number(&constant(expression, context)?);
                let invalid = || {
                    let message = format!("This is not a version, which is a whole number: {text}");
                    Error::new(code::INVALID_SQL, message)
                };
                (false, number.ok_or_else(invalid)?)
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
        let LogicalPlan::TableScan(scan) = context.plan(bare_table(name))? else {
            return Err(no_table(reference).into());
        };
        let Some(table) = callback_table(&scan.source) else {
            return Err(unsupported("A version of a table that keeps none", reference).into());
        };
        if table.is_versioned() {
            let message = format!("Two versions of one table are named: {reference}");
            return Err(Error::new(code::INVALID_SQL, message).into());
        }
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
/// one name are the same, whatever they name.
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
            (relation, _) => {
                if let TableFactor::Table { name, args: None, .. } = &relation {
                    self.refuse_version_of_query(name, context)?;
                }
                Ok(RelationPlanning::Original(Box::new(relation)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_whole_numbers() {
        let number = |value: ScalarValue| version_number(&value);
        assert_eq!(number(ScalarValue::Int64(Some(3))), Some(3));
        assert_eq!(number(ScalarValue::UInt8(Some(3))), Some(3));
        assert_eq!(number(ScalarValue::from("3")), Some(3));
        for bad in [
            ScalarValue::Float64(Some(1.0)),
            ScalarValue::Decimal128(Some(10), 2, 1),
            ScalarValue::Boolean(Some(true)),
            ScalarValue::Date32(Some(1)),
            ScalarValue::UInt64(Some(u64::MAX)),
            ScalarValue::Int64(None),
            ScalarValue::Null,
            ScalarValue::from("1.0"),
        ] {
            assert_eq!(number(bad.clone()), None, "{bad}");
        }
    }
}
