//! `DELETE` with what DataFusion's planner passes over or refuses: an alias of the table, and `WITH` before it.
//! The rows to delete are planned as a query, and put into the plan of the statement without all that.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{DmlStatement, LogicalPlan, WriteOp};
use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::{
    Delete, FromTable, LimitClause, Query, SetExpr, Statement as Ast, TableFactor, TableWithJoins,
    With,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::border::error::{code, Error, Result};

/// A statement of SQL, that of an `EXPLAIN` too.
fn statement_in(statement: &mut SqlStatement) -> Option<&mut Ast> {
    match statement {
        SqlStatement::Explain(explain) => statement_in(&mut explain.statement),
        SqlStatement::Statement(statement) => Some(statement),
        _ => None,
    }
}

/// The tables that a `DELETE` names after `FROM`, whatever is before it.
pub fn deleted_from(statement: &Ast) -> &[TableWithJoins] {
    match statement {
        Ast::Delete(delete) => {
            let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
                &delete.from;
            tables
        }
        Ast::Query(query) => match query.body.as_ref() {
            SetExpr::Delete(statement) => deleted_from(statement),
            _ => &[],
        },
        _ => &[],
    }
}

/// Takes the query of the rows to delete out of a statement that the planner does not read as it is.
pub fn take_rows(statement: &mut SqlStatement) -> Result<Option<SqlStatement>> {
    let Some(statement) = statement_in(statement) else { return Ok(None) };
    let mut with = None;
    if let Ast::Query(query) = statement {
        let SetExpr::Delete(inside) = query.body.as_ref() else { return Ok(None) };
        let inside = inside.clone();
        with = query.with.take();
        *statement = inside;
    }
    let Ast::Delete(delete) = statement else { return Ok(None) };
    let has_alias = matches!(
        target_of(delete).map(|target| &target.relation),
        Some(TableFactor::Table { alias: Some(_), .. })
    );
    if with.is_none() && !has_alias {
        return Ok(None);
    }
    let query = rows_of(delete, with)?;
    Ok(Some(SqlStatement::Statement(Box::new(Ast::Query(Box::new(query))))))
}

fn target_of(delete: &mut Delete) -> Option<&mut TableWithJoins> {
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &mut delete.from;
    tables.first_mut().filter(|target| target.joins.is_empty())
}

/// The query, after which the statement deletes all rows.
fn rows_of(delete: &mut Delete, with: Option<With>) -> Result<Query> {
    let from = target_of(delete).cloned();
    let from = from.ok_or_else(|| unread("It names no table, or joins some."))?;
    let frame = Parser::parse_sql(&GenericDialect {}, "SELECT * FROM t").ok();
    let Some(Ast::Query(query)) = frame.and_then(|mut statements| statements.pop()) else {
        return Err(unread("The query of its rows cannot be made."));
    };
    let mut query = *query;
    if let SetExpr::Select(select) = query.body.as_mut() {
        select.from = vec![from];
        select.selection = delete.selection.take();
    }
    query.with = with;
    if let Some(limit) = delete.limit.take() {
        let clause =
            LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by: Vec::new() };
        query.limit_clause = Some(clause);
    }
    if let Some(TableFactor::Table { alias, .. }) =
        target_of(delete).map(|target| &mut target.relation)
    {
        *alias = None;
    }
    Ok(query)
}

/// The plan of the statement with the query of its rows.
pub fn put_rows(plan: LogicalPlan, rows: LogicalPlan) -> Result<LogicalPlan> {
    let mut rows = Some(without_projection(rows)?);
    let deletion = plan.transform_down(|node| {
        let LogicalPlan::Dml(change) = &node else { return Ok(Transformed::no(node)) };
        let Some(rows) = rows.take().filter(|_| change.op == WriteOp::Delete) else {
            return Ok(Transformed::no(node));
        };
        let (name, target) = (change.table_name.clone(), change.target.clone());
        let deletion = DmlStatement::new(name, target, WriteOp::Delete, rows.into());
        Ok(Transformed::new(LogicalPlan::Dml(deletion), true, TreeNodeRecursion::Jump))
    })?;
    Ok(deletion.data)
}

/// The rows as they are read, with all columns.
fn without_projection(rows: LogicalPlan) -> Result<LogicalPlan> {
    match rows {
        LogicalPlan::Projection(all) => Ok(all.input.as_ref().clone()),
        LogicalPlan::Limit(ref limit) => {
            let input = without_projection(limit.input.as_ref().clone())?;
            Ok(rows.with_new_exprs(rows.expressions(), vec![input])?)
        }
        _ => Err(unread("The query of its rows has another plan than is known.")),
    }
}

fn unread(why: &str) -> Error {
    Error::new(code::NOT_IMPLEMENTED, format!("The DELETE statement cannot be planned. {why}"))
}
