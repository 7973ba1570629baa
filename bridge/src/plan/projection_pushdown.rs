//! `ProjectionPushdown` that leaves sort-merge joins with a filter as they are.
//!
//! DataFusion 55.2 moves a projection below such a join without changing the positions in the join's filter,
//! which then compares other columns or columns that are not there. (Upstream has mended it since, in no
//! release yet: with one that has it this file can go.) While the rule runs, a node that takes no projection
//! is in such a join's place.

use std::fmt;
use std::sync::Arc;

use datafusion::common::internal_err;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::joins::SortMergeJoinExec;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// What DataFusion calls its rule.
pub const PROJECTION_RULE: &str = "ProjectionPushdown";

#[derive(Debug)]
pub struct PastFilteredJoins(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for PastFilteredJoins {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let is_meant = |node: &Arc<dyn ExecutionPlan>| {
            node.downcast_ref::<SortMergeJoinExec>().is_some_and(|join| join.filter().is_some())
        };
        let shut = plan.transform_up(|node| {
            Ok(match is_meant(&node) {
                true => Transformed::yes(Arc::new(Shut(node)) as Arc<dyn ExecutionPlan>),
                false => Transformed::no(node),
            })
        })?;
        let optimized = self.0.optimize(shut.data, config)?;
        if !shut.transformed {
            return Ok(optimized);
        }
        let open = |node: Arc<dyn ExecutionPlan>| match node.downcast_ref::<Shut>() {
            Some(Shut(join)) => Ok(Transformed::yes(Arc::clone(join))),
            None => Ok(Transformed::no(node)),
        };
        optimized.transform_up(open).data()
    }

    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}

/// A join that takes no projection.
#[derive(Debug)]
struct Shut(Arc<dyn ExecutionPlan>);

impl ExecutionPlan for Shut {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.0.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.0.children()
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self(replace_children_if_necessary(Arc::clone(&self.0), children)?)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.0.apply_expressions(f)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        internal_err!("A plan is run while projections are pushed down it.")
    }
}

impl DisplayAs for Shut {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as(format, f)
    }
}
