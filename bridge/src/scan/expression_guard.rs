//! `ScalarFunctionExpr`: one that panics inside a scan is at fault itself, and not the file whose rows it gets.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::functions::core::getfield::GetFieldFunc;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::border::guard::panic_error;
use crate::expressions::wrapped::{Wrapped, Wrapper};

/// The expression with its functions guarded, but for fields of structs: the reader looks for these.
pub fn guard_functions(expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let guarded = expr.transform_up(|node| {
        let is_field = ScalarFunctionExpr::try_downcast_func::<GetFieldFunc>(node.as_ref());
        match node.is::<ScalarFunctionExpr>() && is_field.is_none() {
            true => Ok(Transformed::yes(Wrapped::expression(node, Guarded))),
            false => Ok(Transformed::no(node)),
        }
    })?;
    Ok(guarded.data)
}

/// Makes a panic an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Guarded;

impl Wrapper for Guarded {
    const KEEPS_PROPERTIES: bool = true;

    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        catch_unwind(AssertUnwindSafe(|| operand.evaluate(batch)))
            .unwrap_or_else(|panic| Err(panic_error(panic.as_ref()).into()))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Schema};
    use datafusion::common::config::ConfigOptions;
    use datafusion::logical_expr::{create_udf, Volatility};
    use datafusion::physical_expr::expressions::{lit, NotExpr};

    use super::*;

    #[test]
    fn a_function_that_panics_is_at_fault() -> Result<()> {
        let panics = |_: &[ColumnarValue]| -> Result<ColumnarValue> { panic!("sour") };
        let function = Arc::new(create_udf(
            "f",
            vec![DataType::Boolean],
            DataType::Boolean,
            Volatility::Immutable,
            Arc::new(panics),
        ));
        let schema = Schema::empty();
        let options = Arc::new(ConfigOptions::default());
        let call = ScalarFunctionExpr::try_new(function, vec![lit(true)], &schema, options)?;
        let guarded = guard_functions(Arc::new(NotExpr::new(Arc::new(call))))?;
        assert_eq!(guarded.to_string(), "NOT f(true)");
        let failed = guarded.evaluate(&RecordBatch::new_empty(Arc::new(schema)));
        let text = failed.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text.contains("[internal]") && text.contains("sour"), "{text}");
        Ok(())
    }
}
