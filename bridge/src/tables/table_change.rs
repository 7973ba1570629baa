//! Statements that change a C++ table, as a plan: when it runs, its input goes to C++ as a query.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use async_trait::async_trait;
use cxx::SharedPtr;
use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::session_state::SessionStateBuilder;
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
use crate::expressions::cancellation_point::{StopFlag, StopOnDrop};
use crate::ffi::bridge::{RowCondition, TableCallback};
use crate::foreign::sealed_plan::FOREIGN_ENV;
use crate::frames::data_frame::Frame;
use crate::frames::running_work::RunningWork;

/// What it answers: the number of rows.
const COUNT: &str = "count";

/// What happens with the rows.
pub enum Change {
    /// They are added.
    Append,
    /// They replace all others.
    Overwrite,
    /// They are the identities of those to delete.
    Delete(RowCondition),
}

/// Where rows go, the same for every copy of a plan.
struct Target {
    callback: SharedPtr<TableCallback>,
    state: SessionState,
    /// The columns of the rows, by position.
    names: Vec<String>,
    change: Change,
    has_run: AtomicBool,
}

struct ChangeExec {
    target: Arc<Target>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

/// A plan that changes a table by the rows of `input`, which are columns of `columns` by position where it has
/// as many, and by name elsewhere.
pub fn table_change(
    callback: SharedPtr<TableCallback>,
    columns: &Schema,
    state: SessionState,
    input: Arc<dyn ExecutionPlan>,
    change: Change,
) -> Arc<dyn ExecutionPlan> {
    let rows = input.schema();
    let named = if rows.fields().len() == columns.fields().len() { columns } else { &rows };
    let names = named.fields().iter().map(|field| field.name().clone()).collect();
    let target = Target { callback, state, names, change, has_run: AtomicBool::new(false) };
    Arc::new(ChangeExec::new(Arc::new(target), input))
}

/// The state that a plan of the session is made in; a foreign session has none of ours.
pub fn own_state(session: &dyn Session) -> SessionState {
    match session.as_any().downcast_ref::<SessionState>() {
        Some(state) => state.clone(),
        None => SessionStateBuilder::new()
            .with_config(session.config().clone())
            .with_session_id(session.session_id().to_string())
            .with_runtime_env(FOREIGN_ENV.clone())
            .build(),
    }
}

/// The change that a mode of insertion is.
pub fn change_of(mode: InsertOp) -> Result<Change> {
    match mode {
        InsertOp::Append => Ok(Change::Append),
        InsertOp::Overwrite => Ok(Change::Overwrite),
        InsertOp::Replace => {
            Err(Error::new(code::NOT_IMPLEMENTED, "REPLACE INTO is not supported."))
        }
    }
}

impl Target {
    /// Hands the rows to C++; returns their number.
    fn take(&self, rows: Box<Frame>, stop: &StopFlag) -> Result<i64> {
        Ok(match &self.change {
            Change::Append => self.callback.insert(rows, false, stop)?,
            Change::Overwrite => self.callback.insert(rows, true, stop)?,
            Change::Delete(condition) => self.callback.remove(rows, condition, stop)?,
        })
    }
}

impl ChangeExec {
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

impl fmt::Debug for ChangeExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeExec").field("input", &self.input).finish_non_exhaustive()
    }
}

impl DisplayAs for ChangeExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match &self.target.change {
            Change::Append => "Append",
            Change::Overwrite => "Overwrite",
            Change::Delete(_) => return f.write_str("DeleteExec"),
        };
        write!(f, "InsertExec: mode={mode}, columns=[{}]", self.target.names.join(", "))
    }
}

impl ExecutionPlan for ChangeExec {
    fn name(&self) -> &'static str {
        match &self.target.change {
            Change::Append | Change::Overwrite => "InsertExec",
            Change::Delete(_) => "DeleteExec",
        }
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
            input.ok_or_else(|| Error::new(code::INTERNAL, "A change of a table has no input."))?;
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
            return Err(Error::new(code::INTERNAL, "A change of a table ran a second time.").into());
        }
        let plan = Arc::clone(&self.input);
        let counted = Arc::clone(&schema);
        let run = async move {
            // Nobody waits any more once this is dropped.
            let stop = StopOnDrop::default();
            let flag = stop.flag();
            let work =
                context.session_config().get_extension::<RunningWork>().map(|all| all.begin());
            let rows = Arc::new(HandedRows { plan, context });
            let changed = runtime::spawn_blocking(move || {
                let _work = work;
                let frame = Box::new(Frame::new(named_rows(&target, rows)?));
                target.take(frame, &flag)
            });
            let changed = u64::try_from(changed.await?).unwrap_or_default();
            drop(stop);
            let count = Arc::new(UInt64Array::from(vec![changed]));
            Ok::<_, DataFusionError>(RecordBatch::try_new(counted, vec![count])?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(run))))
    }
}

/// A query of the rows, under the names of their columns.
fn named_rows(target: &Target, rows: Arc<HandedRows>) -> Result<DataFrame> {
    let scan = LogicalPlanBuilder::scan("rows", provider_as_source(rows), None)?.build()?;
    let renamed = |((of, field), name): ((_, &FieldRef), &String)| {
        let column = Expr::Column(Column::from((of, field)));
        // Under two names of one text DataFusion does not find its way down to the fields of a struct.
        if field.name() == name {
            column
        } else {
            column.alias(name)
        }
    };
    let columns: Vec<_> = scan.schema().iter().zip(&target.names).map(renamed).collect();
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
