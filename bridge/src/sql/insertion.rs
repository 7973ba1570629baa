//! `INSERT INTO` a C++ table, between statement and plan. DataFusion casts values to the types of columns,
//! whatever they lose, and fills columns that the statement leaves out; here values are stored exactly or
//! refused, and what is left out is known to be.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::Column;
use datafusion::error::Result as DataFusionResult;
use datafusion::functions::expr_fn::date_trunc;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    lit, DmlStatement, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Projection, WriteOp,
};
use datafusion::sql::parser::Statement as SqlStatement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, Expr as AstExpr, Ident, Insert, Parens, Query, SelectItem, SetExpr, Statement as Ast,
    UnaryOperator, Value, Values,
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

/// What an INSERT inserts, as far as it has to be known beside the plan.
#[derive(Default)]
pub struct Source {
    /// The query as a statement of its own: the planner gives VALUES the types of the table, at any place in
    /// it. Nothing where the query is VALUES itself.
    pub query: Option<SqlStatement>,
    /// The numbers of VALUES as they are written, which have more digits than a double keeps.
    numbers: Vec<Vec<Option<String>>>,
}

pub fn take_source(statement: &mut SqlStatement) -> Source {
    let source = insert_of(statement).and_then(|insert| insert.source.as_mut());
    let Some(source) = source else { return Source::default() };
    if let SetExpr::Values(values) = source.body.as_mut() {
        values.rows.iter_mut().flat_map(|row| &mut row.content).for_each(keep_cast);
        let numbers = |row: &Parens<Vec<AstExpr>>| row.content.iter().map(number).collect();
        return Source { query: None, numbers: values.rows.iter().map(numbers).collect() };
    }
    let mut query = Box::new(source.as_ref().clone());
    name_repeated(&mut query);
    let query = SqlStatement::Statement(Box::new(Ast::Query(query)));
    Source { query: Some(query), numbers: Vec::new() }
}

/// Names the columns of a query whose text is that of one before: `SELECT 0, 0` has no plan otherwise.
fn name_repeated(query: &mut Query) {
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let mut seen = HashSet::new();
    for (index, item) in select.projection.iter_mut().enumerate() {
        let SelectItem::UnnamedExpr(expr) = item else { continue };
        if !seen.insert(expr.to_string()) {
            let alias = Ident::with_quote('"', format!("inserted column {index}"));
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
    }
}

/// The text of a literal number.
fn number(value: &AstExpr) -> Option<String> {
    match value {
        AstExpr::Nested(inside) => number(inside),
        AstExpr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            AstExpr::Value(_) => Some(format!("-{}", number(expr)?)),
            _ => None,
        },
        AstExpr::Value(value) => match &value.value {
            Value::Number(text, _) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
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
/// `rows` is the plan of the query that was taken from the statement.
pub fn exact_insert(
    plan: LogicalPlan,
    source: &Source,
    mut rows: Option<LogicalPlan>,
) -> Result<LogicalPlan> {
    let exact = plan.transform_down(|node| {
        let LogicalPlan::Dml(change) = &node else { return Ok(Transformed::no(node)) };
        let WriteOp::Insert(mode) = change.op else { return Ok(Transformed::no(node)) };
        let LogicalPlan::Projection(filled) = change.input.as_ref() else {
            return Ok(Transformed::no(node));
        };
        let rows = rows.take();
        if callback_table(&change.target).is_none() {
            let Some(rows) = rows else { return Ok(Transformed::no(node)) };
            // As the planner would have done it.
            let input = over(filled, rows)?;
            return Ok(changed(change, input));
        }
        if mode == InsertOp::Replace {
            let message = "REPLACE INTO is not supported.";
            return Err(Error::new(code::NOT_IMPLEMENTED, message).into());
        }
        let table = change.target.schema();
        let input = named_columns(filled, rows, &source.numbers, table.fields())?;
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
                let typed = Expr::Column(column).cast_to(field.data_type(), source.schema())?;
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
    rows: Option<LogicalPlan>,
    numbers: &[Vec<Option<String>>],
    table: &Fields,
) -> DataFusionResult<LogicalPlan> {
    let mut named = Vec::new();
    for (value, field) in filled.expr.iter().zip(table) {
        if let Some(position) = source_position(value, filled)? {
            named.push((position, field));
        }
    }
    let source = match rows {
        Some(rows) => rows,
        None => {
            let values = filled.input.as_ref().clone();
            values.transform_up(|node| exact_values(node, numbers, &named))?.data
        }
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
    numbers: &[Vec<Option<String>>],
    named: &[(usize, &FieldRef)],
) -> DataFusionResult<Transformed<LogicalPlan>> {
    let LogicalPlan::Values(values) = node else { return Ok(Transformed::no(node)) };
    let exact = |row: usize, position: usize, value: Expr| {
        let Some((_, field)) = named.iter().find(|(named, _)| *named == position) else {
            return value;
        };
        let number = numbers.get(row).and_then(|row| row.get(position)?.as_ref());
        match (number, value) {
            (Some(number), _) if keeps_digits(number, field.data_type()) => {
                converted(lit(number.as_str()), field, Texts::Parsed)
            }
            (_, Expr::Cast(cast)) if cast.field.data_type() == field.data_type() => {
                converted(*cast.expr, field, Texts::Parsed)
            }
            (_, other) => converted(other, field, Texts::Parsed),
        }
    };
    let rows = values.values.into_iter().enumerate().map(|(row, values)| {
        let values = values.into_iter().enumerate();
        values.map(|(position, value)| exact(row, position, value)).collect()
    });
    Ok(Transformed::yes(LogicalPlanBuilder::values(rows.collect())?.build()?))
}

/// Whether the text of a number says it better than a double does.
fn keeps_digits(number: &str, wanted: &DataType) -> bool {
    let is_float = matches!(wanted, DataType::Float32 | DataType::Float64);
    is_float || (wanted.is_decimal() && !number.contains(['e', 'E']))
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
