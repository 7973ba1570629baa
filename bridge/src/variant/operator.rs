//! The colon between a variant and a path: `v:a.b[0]`.

use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::functions::get_function;

#[derive(Debug)]
pub struct VariantOperator;

impl ExprPlanner for VariantOperator {
    fn plan_binary_op(
        &self,
        expression: RawBinaryExpr,
        _: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        match &expression.op {
            BinaryOperator::Custom(name) if name == ":" => {
                let arguments = vec![expression.left, expression.right];
                Ok(PlannerResult::Planned(get_function().call(arguments)))
            }
            _ => Ok(PlannerResult::Original(expression)),
        }
    }
}
