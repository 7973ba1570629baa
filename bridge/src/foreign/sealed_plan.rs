//! A plan that a session in another library runs as one leaf: were its nodes visible there, that session
//! would put its own between them, which would then run without their runtime.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, LazyLock, OnceLock};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Statistics;
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use datafusion::prelude::SessionConfig;
use datafusion_ffi::config::FFI_ConfigOptions;
use datafusion_ffi::execution::FFI_TaskContext;
use datafusion_ffi::execution_plan::{
    ExecutionPlanPrivateData, FFI_ExecutionPlan, ForeignExecutionPlan,
};
use datafusion_ffi::record_batch_stream::FFI_RecordBatchStream;
use datafusion_ffi::util::{FFI_Option, FFI_Result};
use futures::StreamExt;
use stabby::vec::Vec as SVec;
use tokio::runtime::Handle;

use crate::border::error;
use crate::border::guard::{guard, panic_error};
use crate::border::runtime;

/// What the scans of foreign sessions share: the cache of footers.
pub static FOREIGN_ENV: LazyLock<Arc<RuntimeEnv>> = LazyLock::new(Arc::default);

#[derive(Debug)]
struct SealedPlan {
    /// Never runs: a plan that has run is spent, and hosts take copies of one that they run anew.
    inner: Arc<dyn ExecutionPlan>,
    running: OnceLock<Arc<dyn ExecutionPlan>>,
    /// The host's session when the plan was made, with its settings.
    context: Arc<TaskContext>,
    /// The scan inside: all that EXPLAIN of a foreign session shows is a name.
    name: String,
}

/// Seals a scan, which was made in `context`, in the form in which it goes to the other library.
pub fn seal(
    inner: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
) -> error::Result<Arc<dyn ExecutionPlan>> {
    let line = DisplayableExecutionPlan::new(inner.as_ref()).one_line().to_string();
    let name = line.trim_end().to_string();
    let sealed = Arc::new(SealedPlan { inner, running: OnceLock::new(), context, name });
    let exported = export(sealed, Some(runtime::handle()?.clone()));
    Ok(Arc::new(ForeignExecutionPlan::try_from(exported)?))
}

fn export(plan: Arc<dyn ExecutionPlan>, runtime: Option<Handle>) -> FFI_ExecutionPlan {
    let mut exported = FFI_ExecutionPlan::new(plan, runtime);
    exported.execute = execute;
    exported.repartitioned = repartitioned;
    exported.with_new_children = with_new_children;
    exported.clone = clone;
    exported
}

/// # Safety
/// `plan` is what `export` made.
unsafe fn owned(plan: &FFI_ExecutionPlan) -> &ExecutionPlanPrivateData {
    &*plan.private_data.cast::<ExecutionPlanPrivateData>()
}

unsafe extern "C" fn clone(plan: &FFI_ExecutionPlan) -> FFI_ExecutionPlan {
    let owned = owned(plan);
    export(owned.plan.clone(), owned.runtime.clone())
}

/// A host asks for this also to run a plan anew. The usual way would lose the functions that `export` sets.
unsafe extern "C" fn with_new_children(
    plan: &FFI_ExecutionPlan,
    _: SVec<FFI_ExecutionPlan>,
) -> FFI_Result<FFI_ExecutionPlan> {
    let owned = owned(plan);
    match guard(|| Ok(owned.plan.clone().reset_state()?)) {
        Ok(plan) => FFI_Result::Ok(export(plan, owned.runtime.clone())),
        Err(error) => FFI_Result::Err(error.to_string().as_str().into()),
    }
}

/// It is cut as its own planner saw fit; the usual way would read all of the settings to say so.
unsafe extern "C" fn repartitioned(
    _: &FFI_ExecutionPlan,
    _: usize,
    _: FFI_ConfigOptions,
) -> FFI_Result<FFI_Option<FFI_ExecutionPlan>> {
    FFI_Result::Ok(FFI_Option::None)
}

unsafe extern "C" fn execute(
    plan: &FFI_ExecutionPlan,
    partition: usize,
    context: FFI_TaskContext,
) -> FFI_Result<FFI_RecordBatchStream> {
    let owned = owned(plan);
    let _entered = owned.runtime.as_ref().map(Handle::enter);
    let run = || {
        let stranger = || error::Error::new(error::code::INTERNAL, "A plan is not sealed.");
        let sealed = owned.plan.downcast_ref::<SealedPlan>().ok_or_else(stranger)?;
        Ok(without_panics(sealed.run(partition, sealed.context_for(&context)?)?))
    };
    match guard(run) {
        Ok(stream) => FFI_Result::Ok(FFI_RecordBatchStream::new(stream, owned.runtime.clone())),
        Err(error) => FFI_Result::Err(error.to_string().as_str().into()),
    }
}

impl SealedPlan {
    /// What the plan runs in: the usual way copies all functions of the host's context and reads all of
    /// its settings, by several calls each and for each partition, which costs more than a small scan. A
    /// sealed plan has functions of its own, and the settings where the session that planned it runs it.
    fn context_for(&self, host: &FFI_TaskContext) -> error::Result<Arc<TaskContext>> {
        // SAFETY: the functions of a context take that context.
        let session_id = unsafe { (host.session_id)(host) };
        if session_id.as_str() == self.context.session_id() {
            return Ok(self.context.clone());
        }
        let settings = unsafe { (host.session_config)(host) };
        Ok(Arc::new(TaskContext::new(
            None,
            session_id.to_string(),
            SessionConfig::try_from(&settings)?,
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            HashMap::new(),
            FOREIGN_ENV.clone(),
        )))
    }

    fn run(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let running = match self.running.get() {
            Some(running) => running,
            None => {
                let fresh = reset_plan_states(self.inner.clone())?;
                // Of threads that come here together one wins.
                self.running.get_or_init(|| fresh)
            }
        };
        running.execute(partition, context)
    }
}

/// A panic must not reach the border between libraries, where it would end the process.
fn without_panics(stream: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = stream.schema();
    let batches = AssertUnwindSafe(stream).catch_unwind().map(|next| match next {
        Ok(batch) => batch,
        Err(panic) => Err(panic_error(panic.as_ref()).into()),
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

impl DisplayAs for SealedPlan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl ExecutionPlan for SealedPlan {
    fn name(&self) -> &str {
        &self.name
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // There are none, but a plan is also reset like this to run once more: in a recursive query.
        Ok(Arc::new(Self {
            inner: self.inner.clone(),
            running: OnceLock::new(),
            context: self.context.clone(),
            name: self.name.clone(),
        }))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.run(partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.running.get().unwrap_or(&self.inner).metrics()
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        StatisticsContext::new().compute(self.inner.as_ref(), args)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Schema;
    use datafusion::arrow::record_batch::RecordBatch;

    use super::*;

    #[test]
    fn a_panic_of_a_stream_is_an_error() {
        let schema = Arc::new(Schema::empty());
        let first = Ok(RecordBatch::new_empty(schema.clone()));
        let batches =
            futures::stream::iter([first]).chain(futures::stream::poll_fn(|_| panic!("sour")));
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema, batches));
        let seen: Vec<_> = futures::executor::block_on(without_panics(stream).collect());
        assert_eq!(seen.len(), 2);
        assert!(seen[0].is_ok());
        assert!(seen[1].as_ref().unwrap_err().to_string().contains("sour"));
    }
}
