//! `INSERT INTO` a C++ table, as a plan: when it runs, its input goes to C++ as a query.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use async_trait::async_trait;
use cxx::SharedPtr;
use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::{SendableRecordBatchStream, SessionState, TaskContext};
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, TableType};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{
    reset_plan_states, Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use datafusion::prelude::DataFrame;

use crate::border::error::{code, Error, Result};
use crate::border::runtime;
use crate::expressions::cancellation_point::StopOnDrop;
use crate::ffi::bridge::TableCallback;
use crate::frames::data_frame::Frame;

/// What it answers: the number of rows.
const COUNT: &str = "count";

/// Where rows go, the same for every copy of a plan.
struct Target {
    callback: SharedPtr<TableCallback>,
    state: SessionState,
    /// The columns of the rows, by position.
    names: Vec<String>,
    overwrites: bool,
    has_run: AtomicBool,
}

struct InsertExec {
    target: Arc<Target>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

/// A plan that writes the rows of `input`, which are columns of the table by position where it has as many as
/// `table`, and by name elsewhere.
pub fn insertion(
    callback: SharedPtr<TableCallback>,
    table: &Schema,
    state: SessionState,
    input: Arc<dyn ExecutionPlan>,
    mode: InsertOp,
) -> Result<Arc<dyn ExecutionPlan>> {
    let overwrites = match mode {
        InsertOp::Append => false,
        InsertOp::Overwrite => true,
        InsertOp::Replace => {
            return Err(Error::new(code::NOT_IMPLEMENTED, "REPLACE INTO is not supported."));
        }
    };
    let rows = input.schema();
    let named = if rows.fields().len() == table.fields().len() { table } else { &rows };
    let names = named.fields().iter().map(|field| field.name().clone()).collect();
    let target = Target { callback, state, names, overwrites, has_run: AtomicBool::new(false) };
    Ok(Arc::new(InsertExec::new(Arc::new(target), input)))
}

impl InsertExec {
    fn new(target: Arc<Target>, input: Arc<dyn ExecutionPlan>) -> Self {
        let schema = Arc::new(Schema::new(vec![Field::new(COUNT, DataType::UInt64, false)]));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { target, input, properties: Arc::new(properties) }
    }
}

impl fmt::Debug for InsertExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertExec").field("input", &self.input).finish_non_exhaustive()
    }
}

impl DisplayAs for InsertExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.target.overwrites { "Overwrite" } else { "Append" };
        write!(f, "InsertExec: mode={mode}, columns=[{}]", self.target.names.join(", "))
    }
}

impl ExecutionPlan for InsertExec {
    fn name(&self) -> &'static str {
        "InsertExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        let input =
            input.ok_or_else(|| Error::new(code::INTERNAL, "An insertion has no input."))?;
        Ok(Arc::new(Self::new(Arc::clone(&self.target), input)))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        _: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let (target, schema) = (Arc::clone(&self.target), self.schema());
        if target.has_run.swap(true, Ordering::Relaxed) {
            return Err(Error::new(code::INTERNAL, "An insertion ran a second time.").into());
        }
        let rows = Arc::new(HandedRows { plan: Arc::clone(&self.input), context });
        let counted = Arc::clone(&schema);
        let run = async move {
            // Nobody waits any more once this is dropped.
            let stop = StopOnDrop::default();
            let flag = stop.flag();
            let written = runtime::spawn_blocking(move || {
                let frame = Box::new(Frame::new(named_rows(&target, rows)?));
                Ok(target.callback.insert(frame, target.overwrites, &flag)?)
            });
            let written = u64::try_from(written.await?).unwrap_or_default();
            drop(stop);
            let count = Arc::new(UInt64Array::from(vec![written]));
            Ok::<_, DataFusionError>(RecordBatch::try_new(counted, vec![count])?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(run))))
    }
}

/// A query of the rows, under the names of their columns.
fn named_rows(target: &Target, rows: Arc<HandedRows>) -> Result<DataFrame> {
    let scan = LogicalPlanBuilder::scan("rows", provider_as_source(rows), None)?.build()?;
    let columns = scan.schema().iter().zip(&target.names);
    let columns: Vec<_> =
        columns.map(|(column, name)| Expr::Column(Column::from(column)).alias(name)).collect();
    let plan = LogicalPlanBuilder::from(scan).project(columns)?.build()?;
    Ok(DataFrame::new(target.state.clone(), plan))
}

/// The rows of a plan that is running already, as a table.
struct HandedRows {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
}

impl fmt::Debug for HandedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedRows").field("plan", &self.plan).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for HandedRows {
    fn schema(&self) -> SchemaRef {
        self.plan.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        // A plan that has run is spent.
        let plan = reset_plan_states(Arc::clone(&self.plan))?;
        let rows = Arc::new(HandedPlan { plan, context: Arc::clone(&self.context) });
        let Some(projection) = projection else { return Ok(rows) };
        let columns = ProjectionExprs::from_indices(projection, &rows.schema());
        Ok(Arc::new(ProjectionExec::try_new(columns.as_ref().to_vec(), rows)?))
    }
}

/// A plan that was optimized where it comes from, and runs in the session that it comes from.
#[derive(Debug)]
struct HandedPlan {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
}

impl DisplayAs for HandedPlan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandedPlan")
    }
}

impl ExecutionPlan for HandedPlan {
    fn name(&self) -> &'static str {
        "HandedPlan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.plan.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        _: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        self.plan.execute(partition, Arc::clone(&self.context))
    }
}
