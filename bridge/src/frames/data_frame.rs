//! `DataFrame`.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::functions_aggregate::count::count_all;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::{execute_stream, ExecutionPlan};
use datafusion::prelude::{ident, DataFrame};
use futures::TryStreamExt;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::border::runtime::{self, Birthplace};
use crate::columnar::arrow_border;
use crate::conversion::conversion_function::{converted, Texts};
use crate::expressions::cancellation_point::{make_stoppable, StopOnDrop};
use crate::expressions::expression::ExpressionList;
use crate::ffi::bridge::{ArrowArrayStream, ArrowSchema};
use crate::frames::running_work::RunningWork;
use crate::frames::stream::export_stream;

/// A copy of the state copies hundreds of functions, so that it is shared.
pub struct Frame {
    state: Arc<SessionState>,
    plan: LogicalPlan,
    /// The schema of the result, once it is known.
    schema: OnceLock<SchemaRef>,
    work: Arc<RunningWork>,
    birthplace: Birthplace,
}

impl Frame {
    pub fn new(frame: DataFrame) -> Self {
        let (state, plan) = frame.into_parts();
        Self::of(Arc::new(state), plan)
    }

    fn of(state: Arc<SessionState>, plan: LogicalPlan) -> Self {
        let (schema, work) = (OnceLock::new(), Arc::default());
        Self { state, plan, schema, work, birthplace: Birthplace::here() }
    }

    fn verb<T>(&self, body: impl FnOnce(DataFrame) -> Result<T>) -> Result<T> {
        guard(|| {
            self.birthplace.check()?;
            body(DataFrame::new(self.state.as_ref().clone(), self.plan.clone()))
        })
    }

    /// A frame of the columns over this one's.
    fn projected(&self, columns: Vec<Expr>) -> Result<Self> {
        let plan = LogicalPlanBuilder::from(self.plan.clone()).project(columns)?.build()?;
        Ok(Self::of(Arc::clone(&self.state), plan))
    }

    /// What it wraps, for those who run it otherwise.
    pub fn parts(&self) -> Result<(Arc<SessionState>, LogicalPlan)> {
        self.birthplace.check()?;
        Ok((Arc::clone(&self.state), self.plan.clone()))
    }

    /// The schema of the result where no plan has to be analyzed for it.
    fn known_schema(&self) -> Option<SchemaRef> {
        let own = || Arc::clone(self.plan.schema().inner());
        self.schema.get().map(Arc::clone).or_else(|| match &self.plan {
            LogicalPlan::TableScan(scan) => {
                let is_itself = scan.filters.is_empty() && scan.source.get_logical_plan().is_none();
                is_itself.then(own)
            }
            _ => None,
        })
    }

    /// The schema of the result: a frame's own is that before types that differ are made one.
    ///
    /// # Safety
    /// `out` points to memory for an `ArrowSchema`.
    pub unsafe fn export_schema(&self, out: *mut ArrowSchema) -> Result<()> {
        guard(|| {
            let (state, plan) = self.parts()?;
            let schema = match self.known_schema() {
                Some(schema) => schema,
                None => runtime::wait(runtime::spawn(async move {
                    let options = state.config_options();
                    let plan = state.analyzer().execute_and_check(plan, options, |_, _| {})?;
                    Ok::<_, Error>(plan.schema().inner().clone())
                }))?,
            };
            arrow_border::export_schema(self.schema.get_or_init(|| schema), out)
        })
    }

    pub fn filter(&self, predicate: &str) -> Result<Box<Frame>> {
        self.verb(|frame| {
            let predicate = frame.parse_sql_expr(predicate)?;
            Ok(Box::new(Frame::new(frame.filter(predicate)?)))
        })
    }

    pub fn select(&self, columns: Vec<String>) -> Result<Box<Frame>> {
        guard(|| {
            self.birthplace.check()?;
            Ok(Box::new(self.projected(columns.into_iter().map(ident).collect())?))
        })
    }

    /// The columns named by `names`, made of expressions over the columns.
    pub fn project(&self, names: Vec<String>, columns: &ExpressionList) -> Result<Box<Frame>> {
        self.verb(|frame| {
            let columns = columns.0.iter().cloned().zip(names);
            let columns: Vec<_> = columns.map(|(column, name)| column.alias(name)).collect();
            Ok(Box::new(Frame::new(frame.select(columns)?)))
        })
    }

    /// The columns `sources` in the types and under the names of `target`, value by value exactly.
    ///
    /// # Safety
    /// `target` points to a valid schema, which is taken over.
    pub unsafe fn conform(
        &self,
        sources: Vec<String>,
        target: *mut ArrowSchema,
        parses_texts: bool,
    ) -> Result<Box<Frame>> {
        guard(|| {
            let target = arrow_border::import_schema(target)?;
            self.birthplace.check()?;
            if sources.len() != target.fields().len() {
                let message = "There is not one source for each column.";
                return Err(Error::new(code::INVALID_ARGUMENT, message));
            }
            let texts = if parses_texts { Texts::Parsed } else { Texts::Refused };
            let columns = sources
                .iter()
                .zip(target.fields())
                .map(|(source, column)| {
                    let source = only_column(self.plan.schema(), source)?;
                    Ok(converted(source, column, texts).alias(column.name()))
                })
                .collect::<Result<Vec<_>>>()?;
            let frame = self.projected(columns)?;
            // That of conversions, whatever types are made one below them.
            let _ = frame.schema.set(Arc::clone(frame.plan.schema().inner()));
            Ok(Box::new(frame))
        })
    }

    /// All columns, and after them the number of each row, from 1 on, in a column `name`.
    pub fn number_rows(&self, name: &str) -> Result<Box<Frame>> {
        self.verb(|frame| {
            let number = row_number().alias(name);
            let (state, plan) = frame.into_parts();
            let plan = LogicalPlanBuilder::from(plan).window([number])?.build()?;
            Ok(Box::new(Frame::new(DataFrame::new(state, plan))))
        })
    }

    pub fn limit(&self, rows: i64) -> Result<Box<Frame>> {
        self.verb(|frame| {
            let rows = usize::try_from(rows)
                .map_err(|_| Error::new(code::INVALID_ARGUMENT, "A limit is negative."))?;
            Ok(Box::new(Frame::new(frame.limit(0, Some(rows))?)))
        })
    }

    pub fn explain(&self, analyze: bool) -> Result<String> {
        self.verb(|frame| {
            let batches = collect(frame.explain(false, analyze)?)?;
            let mut text = String::new();
            for batch in &batches {
                // Columns: the kind of plan, the plan.
                let kinds = batch.column(0).as_string::<i32>();
                let plans = batch.column(1).as_string::<i32>();
                for (kind, plan) in kinds.iter().zip(plans.iter()) {
                    let (kind, plan) = (kind.unwrap_or_default(), plan.unwrap_or_default());
                    text.push_str(&format!("{kind}:\n{plan}\n"));
                }
            }
            Ok(text)
        })
    }

    pub fn count(&self) -> Result<i64> {
        self.verb(|frame| {
            let batches = collect(frame.aggregate(vec![], vec![count_all()])?)?;
            let counts = batches.first().and_then(|batch| {
                batch.column(0).as_primitive_opt::<Int64Type>().map(|counts| counts.value(0))
            });
            counts.ok_or_else(|| Error::new(code::INTERNAL, "A count has no row."))
        })
    }

    /// # Safety
    /// `out` points to memory for an `ArrowArrayStream`.
    pub unsafe fn execute_stream(&self, out: *mut ArrowArrayStream) -> Result<()> {
        self.verb(|frame| {
            let started = start(frame, Arc::clone(&self.work));
            let (stream, stop) = runtime::wait(runtime::spawn(started))?;
            export_stream(stream.schema(), stream, Some(stop), out)
        })
    }

    /// Waits for what the streams of it that have ended still do.
    pub fn settle(&self) -> Result<()> {
        guard(|| {
            self.work.wait_for_end();
            Ok(())
        })
    }
}

/// The column of exactly that name, whatever table it is of.
fn only_column(schema: &DFSchema, name: &str) -> Result<Expr> {
    let mut found = schema.iter().filter(|(_, field)| field.name() == name);
    let problem = match (found.next(), found.next()) {
        (Some(column), None) => return Ok(Expr::Column(Column::from(column))),
        (None, _) => "There is no column of the name",
        _ => "There are several columns of the name",
    };
    Err(Error::new(code::INVALID_ARGUMENT, format!("{problem} {name}")))
}

/// Plans a frame and starts it.
async fn start(
    frame: DataFrame,
    work: Arc<RunningWork>,
) -> DataFusionResult<(SendableRecordBatchStream, StopOnDrop)> {
    let context = frame.task_ctx();
    let config = context.session_config().clone().with_extension(work);
    let context = Arc::new(context.with_session_config(config));
    run(frame.create_physical_plan().await?, context)
}

/// Starts a plan.
pub fn run(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
) -> DataFusionResult<(SendableRecordBatchStream, StopOnDrop)> {
    let stop = StopOnDrop::default();
    let plan = make_stoppable(plan, &stop)?;
    Ok((execute_stream(plan, context)?, stop))
}

/// Runs a frame to its end.
fn collect(frame: DataFrame) -> Result<Vec<RecordBatch>> {
    let (stream, stop) = runtime::wait(runtime::spawn(start(frame, Arc::default())))?;
    let batches = runtime::wait(runtime::spawn(stream.try_collect()));
    drop(stop);
    batches
}
