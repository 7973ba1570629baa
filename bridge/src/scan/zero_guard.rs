//! Keeps dynamic filters from losing rows with a zero. A join takes -0.0 and 0.0 for the same key, and the
//! filter that it makes of its keys compares their bits.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{lit, BinaryExpr, DynamicFilterPhysicalExpr};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

/// The filter, passed by rows as well of which a key is one of the zeros. `schema` is that of the columns
/// that it is about.
pub fn guard_zeros(
    filter: Arc<dyn PhysicalExpr>,
    schema: &Schema,
) -> Result<Arc<dyn PhysicalExpr>> {
    let guarded = filter.transform_down(|node| {
        if !node.is::<DynamicFilterPhysicalExpr>() {
            return Ok(Transformed::no(node));
        }
        let mut guarded = Arc::clone(&node);
        for key in node.children() {
            let zeros = match key.data_type(schema)? {
                DataType::Float32 => [-0.0_f32, 0.0].map(ScalarValue::from),
                DataType::Float64 => [-0.0_f64, 0.0].map(ScalarValue::from),
                // It may have floats in it.
                other if other.is_nested() || other.is_floating() => {
                    return Ok(Transformed::new(lit(true), true, TreeNodeRecursion::Jump));
                }
                _ => continue,
            };
            for zero in zeros {
                let is_zero = BinaryExpr::new(Arc::clone(key), Operator::Eq, lit(zero));
                guarded = Arc::new(BinaryExpr::new(guarded, Operator::Or, Arc::new(is_zero)));
            }
        }
        Ok(Transformed::new(guarded, true, TreeNodeRecursion::Jump))
    })?;
    Ok(guarded.data)
}
