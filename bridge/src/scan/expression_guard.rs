//! `ScalarFunctionExpr`: one that panics inside a scan is at fault itself, and not the file whose rows it gets.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::functions::core::getfield::GetFieldFunc;
use datafusion::logical_expr::sort_properties::ExprProperties;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::border::guard::panic_error;

/// The expression with its functions guarded, but for fields of structs: the reader looks for these.
pub fn guard_functions(expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let guarded = expr.transform_up(|node| {
        let is_field = ScalarFunctionExpr::try_downcast_func::<GetFieldFunc>(node.as_ref());
        match node.is::<ScalarFunctionExpr>() && is_field.is_none() {
            true => Ok(Transformed::yes(Arc::new(Guarded(node)) as Arc<dyn PhysicalExpr>)),
            false => Ok(Transformed::no(node)),
        }
    })?;
    Ok(guarded.data)
}

#[derive(Debug, Eq)]
struct Guarded(Arc<dyn PhysicalExpr>);

impl PartialEq for Guarded {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq(&other.0)
    }
}

impl Hash for Guarded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PhysicalExpr for Guarded {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.0.return_field(schema)
    }

    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.0.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.0.nullable(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        catch_unwind(AssertUnwindSafe(|| self.0.evaluate(batch)))
            .unwrap_or_else(|panic| Err(panic_error(panic.as_ref()).into()))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.0]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self(children.pop().unwrap_or_else(|| Arc::clone(&self.0)))))
    }

    fn get_properties(&self, children: &[ExprProperties]) -> Result<ExprProperties> {
        match children {
            [operand] => Ok(operand.clone()),
            _ => self.0.get_properties(children),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_sql(f)
    }
}

#[cfg(test)]
mod tests {
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
