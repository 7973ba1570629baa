//! A predicate, taken apart at AND and OR.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use super::container_statistics::ContainerStatistics;
use super::evaluator::{Evaluator, DEPTH_LIMIT};
use super::flags::Flags;
use super::leaf::Leaf;
use super::nan::{conjuncts, disjuncts, not_nan};

#[derive(Debug)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    One {
        expression: Arc<dyn PhysicalExpr>,
        /// The floats that other conditions keep from being NaN.
        not_nan: Vec<Leaf>,
    },
}

impl Condition {
    pub fn new(expression: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Self {
        Self::all(conjuncts(expression), schema, &[], 0)
    }

    fn all(
        parts: Vec<Arc<dyn PhysicalExpr>>,
        schema: &Schema,
        known: &[Leaf],
        depth: usize,
    ) -> Self {
        let mut known = known.to_vec();
        known.extend(not_nan(&parts, schema));
        Self::All(parts.iter().map(|part| Self::any(part, schema, &known, depth)).collect())
    }

    fn any(part: &Arc<dyn PhysicalExpr>, schema: &Schema, known: &[Leaf], depth: usize) -> Self {
        let parts = disjuncts(part);
        if parts.len() == 1 || depth >= DEPTH_LIMIT {
            return Self::One { expression: Arc::clone(part), not_nan: known.to_vec() };
        }
        let all = |part| Self::all(conjuncts(part), schema, known, depth + 1);
        Self::Any(parts.iter().map(all).collect())
    }

    /// What statistics can decide of it.
    pub fn decidable(self) -> Option<Self> {
        match self {
            Self::All(parts) => {
                let mut parts: Vec<_> = parts.into_iter().filter_map(Self::decidable).collect();
                match parts.len() {
                    0 | 1 => parts.pop(),
                    _ => Some(Self::All(parts)),
                }
            }
            Self::Any(parts) => {
                parts.into_iter().map(Self::decidable).collect::<Option<_>>().map(Self::Any)
            }
            Self::One { ref expression, .. } => {
                let is_decidable = match expression.downcast_ref::<Literal>() {
                    Some(literal) => literal.value() != &ScalarValue::Boolean(Some(true)),
                    None => !collect_columns(expression).is_empty(),
                };
                is_decidable.then_some(self)
            }
        }
    }

    /// Adds the names of the columns that it is about.
    pub fn collect_columns(&self, names: &mut BTreeSet<String>) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.collect_columns(names));
            }
            Self::One { expression, .. } => {
                let columns = collect_columns(expression);
                names.extend(columns.iter().map(|column| column.name().to_string()));
            }
        }
    }

    /// Where a row may satisfy it.
    pub fn may_be_true(&self, statistics: &ContainerStatistics, schema: &Schema) -> Flags {
        match self {
            Self::All(parts) => parts.iter().fold(Flags::All, |found, part| match found {
                Flags::None => Flags::None,
                found => found.and(&part.may_be_true(statistics, schema)),
            }),
            Self::Any(parts) => parts.iter().fold(Flags::None, |found, part| match found {
                Flags::All => Flags::All,
                found => found.or(&part.may_be_true(statistics, schema)),
            }),
            Self::One { expression, not_nan } => {
                Evaluator::new(statistics, schema, not_nan).may_be_true(expression)
            }
        }
    }
}
