//! `datafusion::logical_expr::Expr` as an opaque value.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::compute::kernels::boolean::and_kleene;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, ToDFSchema};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::import_batch;
use crate::ffi::bridge::{ArrowArray, ArrowSchema, ExpressionFacts};

#[derive(Clone)]
pub struct Expression(pub Expr);

pub struct ExpressionList(pub Vec<Expr>);

/// Expressions are always planned by a session of our own: those that a foreign session plans
/// are opaque to Parquet pushdown.
pub static PLANNING_SESSION: LazyLock<SessionContext> = LazyLock::new(|| {
    let config =
        SessionConfig::new().set_bool("datafusion.sql_parser.enable_ident_normalization", false);
    SessionContext::new_with_config(config)
});

/// What knows the functions of this library by their names.
pub fn own_functions() -> Arc<TaskContext> {
    PLANNING_SESSION.task_ctx()
}

/// Plans a logical expression over the columns of `schema`. Some functions exist only until they are
/// simplified away, so that comes first.
pub fn plan_expression(expression: Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let schema: DFSchemaRef = Arc::new(schema.clone().to_dfschema()?);
    let context = SimplifyContext::builder().with_schema(schema.clone()).with_current_time();
    let simplifier = ExprSimplifier::new(context.build());
    let expression = simplifier.simplify(simplifier.coerce(expression, &schema)?)?;
    Ok(PLANNING_SESSION.create_physical_expr(expression, &schema)?)
}

/// Columns may arrive qualified by the table's name in a query; files know no such name.
pub fn unqualified(expression: &Expr) -> Result<Expr> {
    let stripped = expression.clone().transform(|node| {
        Ok(match node {
            Expr::Column(column) if column.relation.is_some() => {
                Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(stripped.data)
}

pub fn unqualified_conjunction(expressions: &[Expr]) -> Result<Option<Expr>> {
    let expressions = expressions.iter().map(unqualified).collect::<Result<Vec<_>>>()?;
    Ok(conjunction(expressions))
}

/// The expression with functions of this library in place of those of a foreign session, which take
/// arrays where ours take constants; nothing where we have no function of that name.
pub fn with_own_functions(expression: &Expr) -> Result<Option<Expr>> {
    let state = PLANNING_SESSION.state_ref();
    let state = state.read();
    let mut complete = true;
    let replaced = expression.clone().transform(|node| {
        Ok(match node {
            Expr::ScalarFunction(mut call) => match state.scalar_functions().get(call.name()) {
                Some(own) => {
                    call.func = Arc::clone(own);
                    Transformed::yes(Expr::ScalarFunction(call))
                }
                None => {
                    complete = false;
                    Transformed::no(Expr::ScalarFunction(call))
                }
            },
            node @ Expr::HigherOrderFunction(_) => {
                complete = false;
                Transformed::no(node)
            }
            node => Transformed::no(node),
        })
    })?;
    Ok(complete.then_some(replaced.data))
}

/// Parses an expression that names no columns.
pub fn parse_constant(sql: &str) -> Result<Expr> {
    Ok(PLANNING_SESSION.parse_sql_expr(sql, &DFSchema::empty())?)
}

pub fn column_expression(name: &str) -> Result<Box<Expression>> {
    Ok(Box::new(Expression(Expr::Column(Column::from_name(name)))))
}

pub fn new_expression_list() -> Box<ExpressionList> {
    Box::new(ExpressionList(Vec::new()))
}

impl ExpressionList {
    pub fn push(&mut self, expression: &Expression) {
        self.0.push(expression.0.clone());
    }
}

impl Expression {
    pub fn copy(&self) -> Box<Self> {
        Box::new(self.clone())
    }

    pub fn text(&self) -> String {
        self.0.human_display().to_string()
    }

    pub fn facts(&self) -> ExpressionFacts {
        ExpressionFacts {
            columns: self.columns(),
            is_deterministic: self.is_deterministic(),
            is_infallible: self.is_infallible(),
        }
    }

    fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.0.column_refs().into_iter().map(|column| column.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether it has a value whatever its columns hold: comparisons and logic have one.
    fn is_infallible(&self) -> bool {
        let mut infallible = true;
        let _ = self.0.apply(|node| {
            infallible &= match node {
                Expr::Alias(_)
                | Expr::Column(_)
                | Expr::Literal(..)
                | Expr::Not(_)
                | Expr::IsNull(_)
                | Expr::IsNotNull(_)
                | Expr::IsTrue(_)
                | Expr::IsFalse(_)
                | Expr::IsUnknown(_)
                | Expr::IsNotTrue(_)
                | Expr::IsNotFalse(_)
                | Expr::IsNotUnknown(_)
                | Expr::Between(_)
                | Expr::InList(_)
                | Expr::TryCast(_) => true,
                Expr::BinaryExpr(binary) => matches!(
                    binary.op,
                    Operator::Eq
                        | Operator::NotEq
                        | Operator::Lt
                        | Operator::LtEq
                        | Operator::Gt
                        | Operator::GtEq
                        | Operator::IsDistinctFrom
                        | Operator::IsNotDistinctFrom
                        | Operator::And
                        | Operator::Or
                ),
                _ => false,
            };
            Ok(if infallible { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
        });
        infallible
    }

    pub fn is_deterministic(&self) -> bool {
        let mut deterministic = !self.0.is_volatile();
        let _ = self.0.apply(|node| {
            Ok(match node {
                Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::Placeholder(_) => {
                    deterministic = false;
                    TreeNodeRecursion::Stop
                }
                _ => TreeNodeRecursion::Continue,
            })
        });
        deterministic
    }
}

/// # Safety
/// `schema` and `batch` point to a valid schema and a struct array of it; both are taken over.
pub unsafe fn evaluate_filters(
    filters: &ExpressionList,
    schema: *mut ArrowSchema,
    batch: *mut ArrowArray,
    out: &mut Vec<u8>,
) -> Result<()> {
    guard(|| {
        let batch = import_batch(schema, batch)?;
        let mut selected: Option<BooleanArray> = None;
        for filter in &filters.0 {
            let planned = plan_expression(unqualified(filter)?, &batch.schema())?;
            let value = planned.evaluate(&batch)?.into_array(batch.num_rows())?;
            let value = value.as_boolean_opt().ok_or_else(|| {
                Error::new(code::INVALID_SQL, format!("The filter is not boolean: {filter}"))
            })?;
            selected = Some(match selected {
                Some(before) => and_kleene(&before, value)?,
                None => value.clone(),
            });
        }
        match selected {
            Some(selected) => out.extend(
                (0..selected.len())
                    .map(|row| (selected.is_valid(row) && selected.value(row)) as u8),
            ),
            None => out.resize(out.len() + batch.num_rows(), 1),
        }
        Ok(())
    })
}

/// A schema whose top-level columns may all be null.
pub fn nullable(schema: &Schema) -> SchemaRef {
    let fields: Vec<_> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}
