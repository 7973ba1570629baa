//! A plan that a session in another library runs as one leaf: were its nodes visible there, that session
//! would put its own between them, which would then run without their runtime.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Statistics;
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use datafusion::prelude::SessionConfig;
use datafusion_ffi::execution::FFI_TaskContext;
use datafusion_ffi::execution_plan::{
    ExecutionPlanPrivateData, FFI_ExecutionPlan, ForeignExecutionPlan,
};
use datafusion_ffi::record_batch_stream::FFI_RecordBatchStream;
use datafusion_ffi::util::FFI_Result;
use tokio::runtime::Handle;

use crate::error;
use crate::runtime;

/// What the scans of foreign sessions share: the cache of footers.
pub static FOREIGN_ENV: LazyLock<Arc<RuntimeEnv>> = LazyLock::new(Arc::default);

#[derive(Debug)]
struct SealedPlan {
    inner: Arc<dyn ExecutionPlan>,
    /// The nodes inside, outermost first: all that EXPLAIN of a foreign session shows is a name.
    name: String,
}

/// Seals a plan in the form in which it goes to the other library.
pub fn seal(inner: Arc<dyn ExecutionPlan>) -> error::Result<Arc<dyn ExecutionPlan>> {
    let mut nodes = Vec::new();
    describe(&inner, &mut nodes);
    let sealed = Arc::new(SealedPlan { name: nodes.join(" <- "), inner });
    let exported = export(sealed, Some(runtime::handle()?.clone()));
    Ok(Arc::new(ForeignExecutionPlan::try_from(exported)?))
}

fn export(plan: Arc<dyn ExecutionPlan>, runtime: Option<Handle>) -> FFI_ExecutionPlan {
    let mut exported = FFI_ExecutionPlan::new(plan, runtime);
    exported.execute = execute;
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

/// Takes nothing but the settings from the host's context. The usual way copies all of its functions,
/// each by several calls, which costs more than a small scan; a plan that is sealed has its own.
unsafe extern "C" fn execute(
    plan: &FFI_ExecutionPlan,
    partition: usize,
    context: FFI_TaskContext,
) -> FFI_Result<FFI_RecordBatchStream> {
    let settings = (context.session_config)(&context);
    let settings = match SessionConfig::try_from(&settings) {
        Ok(settings) => settings,
        Err(error) => return FFI_Result::Err(error.to_string().as_str().into()),
    };
    let session_id = (context.session_id)(&context).to_string();
    let context = TaskContext::new(
        None,
        session_id,
        settings,
        HashMap::new(),
        HashMap::new(),
        HashMap::new(),
        HashMap::new(),
        FOREIGN_ENV.clone(),
    );
    let owned = owned(plan);
    let runtime = owned.runtime.clone();
    let _entered = runtime.as_ref().map(Handle::enter);
    match owned.plan.execute(partition, Arc::new(context)) {
        Ok(stream) => FFI_Result::Ok(FFI_RecordBatchStream::new(stream, runtime.clone())),
        Err(error) => FFI_Result::Err(error.to_string().as_str().into()),
    }
}

fn describe(plan: &Arc<dyn ExecutionPlan>, nodes: &mut Vec<String>) {
    let line = DisplayableExecutionPlan::new(plan.as_ref()).one_line().to_string();
    nodes.push(line.trim_end().to_string());
    for child in plan.children() {
        describe(child, nodes);
    }
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
        Ok(self)
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
        self.inner.execute(partition, context)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.inner.metrics()
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        StatisticsContext::new().compute(self.inner.as_ref(), args)
    }
}
