//! A plan that a session in another library runs as one leaf: were its nodes visible there, that session
//! would put its own between them, which would then run without their runtime.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::Statistics;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties,
};

#[derive(Debug)]
pub struct SealedPlan {
    inner: Arc<dyn ExecutionPlan>,
    /// The nodes inside, outermost first: all that EXPLAIN of a foreign session shows is a name.
    name: String,
}

impl SealedPlan {
    pub fn new(inner: Arc<dyn ExecutionPlan>) -> Self {
        let mut nodes = Vec::new();
        describe(&inner, &mut nodes);
        Self { name: nodes.join(" <- "), inner }
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
