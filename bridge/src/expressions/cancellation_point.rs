//! Makes plans stop that would not notice that nobody waits for them any more.
//!
//! A stopped task ends where it next yields. A nested-loop join whose filter lets nothing through does not
//! yield before one batch has met all rows of the other side, which may take hours. Its filter is
//! evaluated all the time, though: that is where it can be told to stop.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use datafusion::physical_plan::ExecutionPlan;

use crate::border::error::{code, Error};
use crate::expressions::wrapped::{Wrapped, Wrapper};

/// Stops one run of a plan when it is dropped.
#[derive(Default)]
pub struct StopOnDrop(Arc<AtomicBool>);

/// Tells whether a run is to stop.
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl StopOnDrop {
    pub fn flag(&self) -> StopFlag {
        StopFlag(Arc::clone(&self.0))
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes an expression fail once its plan is to stop.
#[derive(Debug, Clone)]
struct CancellationPoint(Arc<AtomicBool>);

impl PartialEq for CancellationPoint {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CancellationPoint {}

impl Hash for CancellationPoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Wrapper for CancellationPoint {
    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        if self.0.load(Ordering::Relaxed) {
            return Err(Error::new(code::CANCELLED, "The work was cancelled.").into());
        }
        operand.evaluate(batch)
    }
}

/// The same plan, which ends soon after `stop` is dropped.
pub fn make_stoppable(
    plan: Arc<dyn ExecutionPlan>,
    stop: &StopOnDrop,
) -> Result<Arc<dyn ExecutionPlan>> {
    let stoppable = plan.transform_up(|node| {
        let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() else {
            return Ok(Transformed::no(node));
        };
        let Some(filter) = join.filter() else {
            return Ok(Transformed::no(node));
        };
        let point = CancellationPoint(Arc::clone(&stop.0));
        let expression = Wrapped::expression(Arc::clone(filter.expression()), point);
        let filter = JoinFilter::new(
            expression,
            filter.column_indices().to_vec(),
            Arc::clone(filter.schema()),
        );
        let join = NestedLoopJoinExecBuilder::new(
            Arc::clone(join.left()),
            Arc::clone(join.right()),
            *join.join_type(),
        )
        .with_projection_ref(join.projection().clone())
        .with_filter(Some(filter))
        .build()?;
        Ok(Transformed::yes(Arc::new(join) as _))
    })?;
    Ok(stoppable.data)
}
