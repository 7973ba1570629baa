//! `INSERT INTO` a C++ table, between statement and plan. DataFusion casts values to the types of columns,
//! whatever they lose, and fills columns that the statement leaves out; here values are stored exactly or
//! refused, and what is left out is known to be.

use std::sync::Arc;

use datafusion::arrow::datatypes::Fields;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::Column;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions::expr_fn::date_trunc;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    lit, DmlStatement, Expr, LogicalPlan, LogicalPlanBuilder, Projection, WriteOp,
};
use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, Expr as AstExpr, Insert, Parens, Query, SetExpr, Statement as Ast, Value, Values,
};

use crate::border::error::{code, Error, Result};
use crate::conversion::conversion_function::{converted, Texts};
use crate::tables::table_provider::callback_table;

fn insert_of(statement: &mut SqlStatement) -> Option<&mut Insert> {
    match statement {
        SqlStatement::Explain(explain) => insert_of(&mut explain.statement),
        SqlStatement::Statement(statement) => match statement.as_mut() {
            Ast::Insert(insert) => Some(insert),
            _ => None,
        },
        _ => None,
    }
}

/// The query of an INSERT, as a statement of its own: the planner gives VALUES the types of the table, at
/// any place in it. Nothing where the query is VALUES itself.
pub fn take_source(statement: &mut SqlStatement) -> Option<SqlStatement> {
    let source = insert_of(statement)?.source.as_mut()?;
    if let SetExpr::Values(values) = source.body.as_mut() {
        values.rows.iter_mut().flat_map(|row| &mut row.content).for_each(keep_cast);
        return None;
    }
    let query = source.as_ref().clone();
    Some(SqlStatement::Statement(Box::new(Ast::Query(Box::new(query)))))
}

/// Has the statement insert so many columns of any values.
pub fn put_source(statement: &mut SqlStatement, num_columns: usize) {
    let Some(source) = insert_of(statement).and_then(|insert| insert.source.as_mut()) else {
        return;
    };
    let row = Parens {
        opening_token: AttachedToken::empty(),
        content: vec![AstExpr::Value(Value::Null.into()); num_columns],
        closing_token: AttachedToken::empty(),
    };
    let values = Values { explicit_row: false, value_keyword: false, rows: vec![row] };
    let body = Box::new(SetExpr::Values(values));
    *source.as_mut() = Query { body, ..plain_query() };
}

fn plain_query() -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Values(Values {
            explicit_row: false,
            value_keyword: false,
            rows: Vec::new(),
        })),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// Makes a cast of the statement another thing than one that the planner puts around a value.
fn keep_cast(value: &mut AstExpr) {
    let mut inside = &*value;
    while let AstExpr::Nested(nested) = inside {
        inside = nested;
    }
    if !matches!(inside, AstExpr::Cast { .. }) {
        return;
    }
    let always = AstExpr::Value(Value::Boolean(true).into());
    let result = std::mem::replace(value, AstExpr::Value(Value::Null.into()));
    *value = AstExpr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition: always, result }],
        else_result: None,
    };
}

/// The plan in which insertions into our tables have the columns that they name alone, in exact types.
/// `rows` is the plan of the source that was taken from the statement.
pub fn exact_insert(plan: LogicalPlan, mut rows: Option<LogicalPlan>) -> Result<LogicalPlan> {
    let exact = plan.transform_down(|node| {
        let LogicalPlan::Dml(change) = &node else { return Ok(Transformed::no(node)) };
        let WriteOp::Insert(mode) = change.op else { return Ok(Transformed::no(node)) };
        let LogicalPlan::Projection(filled) = change.input.as_ref() else {
            return Ok(Transformed::no(node));
        };
        let source = rows.take();
        if callback_table(&change.target).is_none() {
            let Some(source) = source else { return Ok(Transformed::no(node)) };
            // As the planner would have done it.
            let input = over(filled, source)?;
            return Ok(changed(change, input));
        }
        if mode == InsertOp::Replace {
            let message = "REPLACE INTO is not supported.";
            return Err(Error::new(code::NOT_IMPLEMENTED, message).into());
        }
        let table = change.target.schema();
        let input = named_columns(filled, source, table.fields())?;
        Ok(changed(change, input))
    })?;
    Ok(exact.data)
}

fn changed(change: &DmlStatement, input: LogicalPlan) -> Transformed<LogicalPlan> {
    let (name, target) = (change.table_name.clone(), Arc::clone(&change.target));
    let change = DmlStatement::new(name, target, change.op.clone(), Arc::new(input));
    Transformed::new(LogicalPlan::Dml(change), true, TreeNodeRecursion::Jump)
}

/// The value without the name and the type that the planner has given it.
fn bare(value: &Expr) -> &Expr {
    match value {
        Expr::Alias(alias) => bare(&alias.expr),
        Expr::Cast(cast) => &cast.expr,
        other => other,
    }
}

/// The position of a source's column in a value of the planner; nothing where the planner has filled it.
fn source_position(value: &Expr, filled: &Projection) -> DataFusionResult<Option<usize>> {
    match bare(value) {
        Expr::Column(column) => Ok(Some(filled.input.schema().index_of_column(column)?)),
        _ => Ok(None),
    }
}

/// The same projection over another source, whose columns are at the same positions.
fn over(filled: &Projection, source: LogicalPlan) -> DataFusionResult<LogicalPlan> {
    let mut columns = Vec::with_capacity(filled.expr.len());
    for (value, field) in filled.expr.iter().zip(filled.schema.fields()) {
        columns.push(match source_position(value, filled)? {
            Some(position) => {
                let column = Column::from(source.schema().qualified_field(position));
                let typed = datafusion::logical_expr::ExprSchemable::cast_to(
                    Expr::Column(column),
                    field.data_type(),
                    source.schema(),
                )?;
                typed.alias(field.name())
            }
            None => value.clone(),
        });
    }
    LogicalPlanBuilder::from(source).project(columns)?.build()
}

/// The columns that a statement names, in the order and the types of the table.
fn named_columns(
    filled: &Projection,
    source: Option<LogicalPlan>,
    table: &Fields,
) -> DataFusionResult<LogicalPlan> {
    let mut named = Vec::new();
    for (value, field) in filled.expr.iter().zip(table) {
        if let Some(position) = source_position(value, filled)? {
            named.push((position, field));
        }
    }
    let source = match source {
        Some(source) => source,
        None => filled.input.as_ref().clone().transform_up(|node| exact_values(node, &named))?.data,
    };
    let source = microsecond_now(source)?;
    let columns = named.into_iter().map(|(position, field)| {
        let column = Column::from(source.schema().qualified_field(position));
        converted(Expr::Column(column), field, Texts::Parsed).alias(field.name())
    });
    let columns: Vec<_> = columns.collect();
    LogicalPlanBuilder::from(source).project(columns)?.build()
}

/// VALUES whose values were cast by the planner, with exact conversions in place of the casts.
fn exact_values(
    node: LogicalPlan,
    named: &[(usize, &Arc<datafusion::arrow::datatypes::Field>)],
) -> DataFusionResult<Transformed<LogicalPlan>> {
    let LogicalPlan::Values(values) = node else { return Ok(Transformed::no(node)) };
    let exact = |(position, value): (usize, Expr)| {
        let Some((_, field)) = named.iter().find(|(named, _)| *named == position) else {
            return value;
        };
        match value {
            Expr::Cast(cast) if cast.field.data_type() == field.data_type() => {
                converted(*cast.expr, field, Texts::Parsed)
            }
            other => converted(other, field, Texts::Parsed),
        }
    };
    let rows = values.values.into_iter();
    let rows = rows.map(|row| row.into_iter().enumerate().map(exact).collect()).collect();
    Ok(Transformed::yes(LogicalPlanBuilder::values(rows)?.build()?))
}

/// The time of the statement as exactly as columns hold it.
fn microsecond_now(plan: LogicalPlan) -> DataFusionResult<LogicalPlan> {
    let plan = plan.transform_up_with_subqueries(|node| {
        let names = NamePreserver::new(&node);
        node.map_expressions(|expression| {
            let name = names.save(&expression);
            let cut = expression.transform_up(|part| match &part {
                Expr::ScalarFunction(call) if call.name() == "now" => {
                    Ok(Transformed::yes(date_trunc(lit("microsecond"), part)))
                }
                _ => Ok(Transformed::no(part)),
            })?;
            Ok(cut.update_data(|expression| name.restore(expression)))
        })
    })?;
    Ok(plan.data)
}
