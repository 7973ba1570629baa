//! Keeps a `ParquetSource` from skipping NaN.
//!
//! The statistics of Parquet files leave NaN out, and DataFusion, for which NaN is greater or
//! smaller than every number, skips by them what may hold one. Here the floats of such conditions
//! are veiled: a veil changes no value, and statistics do not see through it.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, Operator};
use datafusion::physical_expr::expressions::{lit, BinaryExpr};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use crate::expressions::wrapped::{Wrapped, Wrapper};
use crate::pruning::{conjuncts, disjuncts, not_nan, Leaf};

/// Expressions nested deeper at AND and OR are veiled as a whole.
const DEPTH_LIMIT: usize = 64;

/// What statistics do not see through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Veil {
    /// The operand.
    Operand,
    /// True, whatever the operand is.
    True,
}

impl Wrapper for Veil {
    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue> {
        match self {
            Self::Operand => operand.evaluate(batch),
            Self::True => Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true)))),
        }
    }

    fn field(&self) -> Option<FieldRef> {
        match self {
            Self::Operand => None,
            Self::True => Some(Arc::new(Field::new("true", DataType::Boolean, false))),
        }
    }

    fn display(&self, operand: &Arc<dyn PhysicalExpr>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operand => fmt::Display::fmt(operand, f),
            Self::True => f.write_str("true"),
        }
    }

    fn fmt_sql(&self, operand: &Arc<dyn PhysicalExpr>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operand => operand.fmt_sql(f),
            Self::True => f.write_str("true"),
        }
    }
}

/// The expression, through which statistics do not see.
pub fn veil(operand: Arc<dyn PhysicalExpr>) -> Arc<dyn PhysicalExpr> {
    Wrapped::expression(operand, Veil::Operand)
}

/// The floats of a filter that statistics may still be asked about.
#[derive(Default)]
struct Open(Option<Arc<dyn PhysicalExpr>>);

impl Open {
    fn veil(
        &mut self,
        condition: &Arc<dyn PhysicalExpr>,
        schema: &Schema,
        not_nan: &[Leaf],
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Leaf::replace_all(condition, schema, |leaf, node| {
            if !leaf.is_float() {
                return None;
            }
            if not_nan.contains(leaf) {
                self.0 = Some(Arc::clone(node));
                return None;
            }
            Some(veil(Arc::clone(node)))
        })
    }

    fn any(
        &mut self,
        part: &Arc<dyn PhysicalExpr>,
        schema: &Schema,
        known: &[Leaf],
        depth: usize,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let parts = disjuncts(part);
        if parts.len() == 1 || depth >= DEPTH_LIMIT {
            return self.veil(part, schema, known);
        }
        let mut guarded = Vec::with_capacity(parts.len());
        for part in parts {
            guarded.push(self.all(conjuncts(&part), schema, known, depth + 1)?);
        }
        Ok(join(guarded, Operator::Or))
    }

    fn all(
        &mut self,
        parts: Vec<Arc<dyn PhysicalExpr>>,
        schema: &Schema,
        known: &[Leaf],
        depth: usize,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let mut known = known.to_vec();
        known.extend(not_nan(&parts, schema));
        let mut guarded = Vec::with_capacity(parts.len());
        for part in &parts {
            guarded.push(self.any(part, schema, &known, depth)?);
        }
        Ok(join(guarded, Operator::And))
    }
}

fn join(parts: Vec<Arc<dyn PhysicalExpr>>, op: Operator) -> Arc<dyn PhysicalExpr> {
    parts
        .into_iter()
        .reduce(|left, right| Arc::new(BinaryExpr::new(left, op, right)))
        .unwrap_or_else(|| lit(op == Operator::And))
}

/// The filters, which together hold for a row that is read, in a form that is safe to judge by
/// statistics. `schema` is that of the columns that they are about.
pub fn guard_nan(
    filters: Vec<Arc<dyn PhysicalExpr>>,
    schema: &Schema,
) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    let all: Vec<_> = filters.iter().flat_map(conjuncts).collect();
    let known = not_nan(&all, schema);
    let mut guarded = Vec::with_capacity(filters.len());
    for filter in filters {
        if !Leaf::all(&filter, schema)?.iter().any(Leaf::is_float) {
            guarded.push(filter);
            continue;
        }
        let mut open = Open::default();
        let mut filter = open.all(conjuncts(&filter), schema, &known, 0)?;
        // That all numbers satisfy a filter does not mean that all rows do.
        if let Some(operand) = open.0 {
            let any = Wrapped::expression(operand, Veil::True);
            filter = join(vec![filter, any], Operator::And);
        }
        guarded.push(filter);
    }
    Ok(guarded)
}
