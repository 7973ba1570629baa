//! Statements that change rows of C++ tables, as DataFusion can run them: `DELETE` and `TRUNCATE` become an
//! insertion of the identities of their rows into a sink. DataFusion's own way hands a table the filters
//! that its optimizer left over, and with them other rows.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    DmlStatement, Expr, Filter, LogicalPlan, LogicalPlanBuilder, TableSource, TableType, WriteOp,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};
use datafusion::physical_plan::ExecutionPlan;

use crate::border::error::{code, Error, Result};
use crate::expressions::expression::{unqualified, Expression};
use crate::ffi::bridge::RowCondition;
use crate::tables::table_change::{own_state, table_change, Change};
use crate::tables::table_provider::{callback_table, CallbackTable};

/// An optimizer rule. It must be the first one: all others may change which rows a statement means.
#[derive(Debug)]
pub struct RowChanges;

impl OptimizerRule for RowChanges {
    fn name(&self) -> &'static str {
        "row_changes"
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> DataFusionResult<Transformed<LogicalPlan>> {
        plan.transform_down(|node| {
            let changed = match &node {
                LogicalPlan::Dml(change) => row_change(change, config)?,
                _ => None,
            };
            Ok(match changed {
                Some(changed) => Transformed::new(changed, true, TreeNodeRecursion::Jump),
                None => Transformed::no(node),
            })
        })
    }
}

/// Nothing for other statements, and for tables that are not ours.
fn row_change(change: &DmlStatement, config: &dyn OptimizerConfig) -> Result<Option<LogicalPlan>> {
    let Some(target) = callback_table(&change.target) else { return Ok(None) };
    let (rows, condition, table) = match change.op {
        WriteOp::Delete => {
            let table = target.with_identity()?;
            let rows = with_scan_of(&change.input, &target, &table)?;
            let condition = Condition::of(&rows, config)?;
            (rows, condition, table)
        }
        WriteOp::Truncate => {
            let table = target.with_identity()?;
            let source = provider_as_source(Arc::clone(&table) as Arc<dyn TableProvider>);
            let rows =
                LogicalPlanBuilder::scan(change.table_name.clone(), source, None)?.build()?;
            (rows, Condition::default(), table)
        }
        _ => return Ok(None),
    };
    let identity = rows.schema().columns().pop();
    let identity = identity.ok_or_else(|| Error::new(code::INTERNAL, "A table has no columns."))?;
    let rows = LogicalPlanBuilder::from(rows).project([Expr::Column(identity)])?.build()?;
    let sink = provider_as_source(Arc::new(RowSink { table, condition }));
    let (name, op) = (change.table_name.clone(), WriteOp::Insert(InsertOp::Append));
    Ok(Some(LogicalPlan::Dml(DmlStatement::new(name, sink, op, Arc::new(rows)))))
}

/// A query of the target over another state of it. Tables that subqueries name stay as they are.
fn with_scan_of(
    query: &LogicalPlan,
    target: &CallbackTable,
    table: &Arc<CallbackTable>,
) -> Result<LogicalPlan> {
    let mut found = 0;
    let scanned = query.clone().transform_up(|node| match node {
        LogicalPlan::TableScan(scan) if is_state_of(&scan.source, target) => {
            found += 1;
            if scan.projection.is_some() || !scan.filters.is_empty() || scan.fetch.is_some() {
                return Err(unexpected(&scan.table_name.to_string()).into());
            }
            let source = provider_as_source(Arc::clone(table) as Arc<dyn TableProvider>);
            let scan = LogicalPlanBuilder::scan(scan.table_name, source, None)?;
            Ok(Transformed::yes(scan.build()?))
        }
        node => Ok(Transformed::yes(node.recompute_schema()?)),
    })?;
    match found {
        1 => Ok(scanned.data),
        _ => Err(unexpected("its table")),
    }
}

fn is_state_of(source: &Arc<dyn TableSource>, target: &CallbackTable) -> bool {
    callback_table(source).is_some_and(|table| table.identity() == target.identity())
}

fn unexpected(name: &str) -> Error {
    let message =
        format!("The statement reads the table that it changes in an unknown way: {name}");
    Error::new(code::NOT_IMPLEMENTED, message)
}

/// Which rows a statement means, as far as a table can know it without running a query.
#[derive(Clone, Debug)]
struct Condition {
    /// Whether `filter` over the columns of the table tells all; without one all rows are meant.
    is_filtered: bool,
    filter: Option<Expr>,
    text: Option<String>,
}

/// All rows.
impl Default for Condition {
    fn default() -> Self {
        Self { is_filtered: true, filter: None, text: None }
    }
}

impl Condition {
    fn of(query: &LogicalPlan, config: &dyn OptimizerConfig) -> Result<Self> {
        match query {
            query if is_table(query) => Ok(Self::default()),
            LogicalPlan::Filter(filter) => {
                let plain = unqualified(&filter.predicate);
                let text = Some(plain.unwrap_or_else(|_| filter.predicate.clone()).to_string());
                let is_filtered = is_table(&filter.input)
                    && !has_placeholder(&filter.predicate)?
                    && Expression(filter.predicate.clone()).is_deterministic();
                let filter = match is_filtered {
                    true => Some(simplified(filter, config)?),
                    false => None,
                };
                Ok(Self { is_filtered, filter, text })
            }
            _ => Ok(Self { is_filtered: false, filter: None, text: None }),
        }
    }

    fn exported(&self) -> RowCondition {
        RowCondition {
            is_filtered: self.is_filtered,
            filter: self.filter.iter().cloned().map(Expression).collect(),
            has_text: self.text.is_some(),
            text: self.text.clone().unwrap_or_default(),
        }
    }
}

/// Whether a query is all rows of a table, under any name.
fn is_table(query: &LogicalPlan) -> bool {
    match query {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::SubqueryAlias(alias) => is_table(&alias.input),
        _ => false,
    }
}

/// A filter without the casts that types of another state of the table have left in it: the choice of files
/// decides none that may fail.
fn simplified(filter: &Filter, config: &dyn OptimizerConfig) -> Result<Expr> {
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(filter.input.schema()))
        .with_config_options(config.options())
        .with_query_execution_start_time(config.query_execution_start_time());
    let simplifier = ExprSimplifier::new(context.build());
    unqualified(&simplifier.simplify(filter.predicate.clone())?)
}

fn has_placeholder(predicate: &Expr) -> Result<bool> {
    Ok(predicate.exists(|node| Ok(matches!(node, Expr::Placeholder(_))))?)
}

/// Where the identities of rows go.
#[derive(Debug)]
struct RowSink {
    /// The table with its identities.
    table: Arc<CallbackTable>,
    condition: Condition,
}

/// The table that a statement changes by insertion, or by its rows; with its identities then.
pub fn changed_table(target: &Arc<dyn TableSource>) -> Option<CallbackTable> {
    callback_table(target).or_else(|| {
        let provider = source_as_provider(target).ok()?;
        provider.downcast_ref::<RowSink>().map(|sink| sink.table.as_ref().clone())
    })
}

/// The same target over another state of the table.
pub fn target_over(
    target: &Arc<dyn TableSource>,
    table: Arc<CallbackTable>,
) -> DataFusionResult<Arc<dyn TableSource>> {
    let provider = source_as_provider(target)?;
    Ok(match provider.downcast_ref::<RowSink>() {
        Some(sink) => {
            provider_as_source(Arc::new(RowSink { table, condition: sink.condition.clone() }))
        }
        None => provider_as_source(table),
    })
}

#[async_trait]
impl TableProvider for RowSink {
    fn schema(&self) -> SchemaRef {
        let schema = self.table.schema();
        Arc::new(Schema::new(schema.fields().last().cloned().into_iter().collect::<Vec<_>>()))
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        _: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Err(Error::new(code::INTERNAL, "The sink of a statement has no rows.").into())
    }

    async fn insert_into(
        &self,
        session: &dyn Session,
        input: Arc<dyn ExecutionPlan>,
        _: InsertOp,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let change = Change::Delete(self.condition.exported());
        let state = own_state(session);
        Ok(table_change(self.table.callback(), &self.schema(), state, input, change))
    }
}
