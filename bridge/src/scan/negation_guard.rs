//! Keeps a `ParquetSource` from negating bounds.
//!
//! DataFusion judges `-n < 0` by the negated bounds of a row group. The negation of the least integer
//! fails where the bounds hold it, although no row that the other conditions select may.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::NegativeExpr;
use datafusion::physical_expr::PhysicalExpr;

use crate::scan::nan_guard::veil;

/// The filter, in which statistics do not see through a negation.
pub fn guard_negations(filter: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let guarded = filter.transform_down(|node| {
        if !node.is::<NegativeExpr>() {
            return Ok(Transformed::no(node));
        }
        Ok(Transformed::new(veil(node), true, TreeNodeRecursion::Jump))
    })?;
    Ok(guarded.data)
}
