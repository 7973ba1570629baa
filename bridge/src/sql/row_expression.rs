//! `Expr` from SQL text: over the columns of a row.

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ToDFSchema};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::import_schema;
use crate::expressions::expression::{Expression, PLANNING_SESSION};
use crate::ffi::bridge::ArrowSchema;

/// # Safety
/// `schema` points to a valid `ArrowSchema`, which is taken over.
pub unsafe fn parse_expression(sql: &str, schema: *mut ArrowSchema) -> Result<Box<Expression>> {
    guard(|| {
        let schema: SchemaRef = import_schema(schema)?;
        let schema: DFSchema = schema.to_dfschema()?;
        Ok(Box::new(Expression(parse_row_expression(&PLANNING_SESSION, sql, &schema)?)))
    })
}

/// Parses an expression over the columns of a row.
pub fn parse_row_expression(
    session: &SessionContext,
    sql: &str,
    schema: &DFSchema,
) -> Result<Expr> {
    let expression = session.parse_sql_expr(sql, schema)?;
    of_one_row(&expression, sql)?;
    Ok(expression)
}

/// Refuses an expression that has a value for many rows.
pub fn of_one_row(expression: &Expr, sql: &str) -> Result<()> {
    let is_of_many_rows =
        |node: &Expr| matches!(node, Expr::AggregateFunction(_) | Expr::WindowFunction(_));
    if expression.exists(|node| Ok(is_of_many_rows(node)))? {
        let message = "An expression over the columns of a row has no aggregates and no windows";
        return Err(Error::new(code::INVALID_SQL, format!("{message}: {sql}")));
    }
    Ok(())
}
