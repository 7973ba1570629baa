//! The range of every expression, from those of its operands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CaseExpr, CastExpr, InListExpr, IsNotNullExpr, IsNullExpr, LikeExpr, Literal,
    NegativeExpr, NotExpr, TryCastExpr,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use super::comparison;
use super::container_statistics::ContainerStatistics;
use super::flags::Flags;
use super::leaf::Leaf;
use super::nan::{conjuncts, disjuncts};
use super::truth::Truth;
use super::value_range::ValueRange;
use super::{arithmetic, case, constant, function, in_list, monotonic, prefix};

/// Expressions may nest as deep as the stack surely bears; what is deeper is unknown.
pub const DEPTH_LIMIT: usize = 256;

/// What is known of an expression.
#[derive(Clone, Debug)]
pub enum Facts {
    Values(ValueRange),
    Truth(Truth),
}

impl Facts {
    pub fn unknown() -> Self {
        Self::Values(ValueRange::unknown())
    }

    fn into_truth(self) -> Truth {
        match self {
            Self::Values(range) => range.truth(),
            Self::Truth(truth) => truth,
        }
    }
}

pub struct Evaluator<'a> {
    statistics: &'a ContainerStatistics,
    pub schema: &'a Schema,
    /// Floats that are no NaN in the rows that matter.
    not_nan: &'a [Leaf],
    columns: RefCell<Vec<(Leaf, ValueRange)>>,
    /// By their address: some are asked for several times, and so are their operands.
    seen: RefCell<HashMap<*const (), Facts>>,
    depth: RefCell<usize>,
}

impl<'a> Evaluator<'a> {
    pub fn new(
        statistics: &'a ContainerStatistics,
        schema: &'a Schema,
        not_nan: &'a [Leaf],
    ) -> Self {
        Self {
            statistics,
            schema,
            not_nan,
            columns: RefCell::default(),
            seen: RefCell::default(),
            depth: RefCell::default(),
        }
    }

    pub fn containers(&self) -> usize {
        self.statistics.containers()
    }

    /// Where a row may satisfy the condition.
    pub fn may_be_true(&self, expression: &Arc<dyn PhysicalExpr>) -> Flags {
        match expression.downcast_ref::<BinaryExpr>() {
            Some(binary) if comparison::is_comparison(*binary.op()) => {
                let (left, right) = (self.range(binary.left()), self.range(binary.right()));
                comparison::may_be_true(*binary.op(), &left, &right)
            }
            _ => self.truth(expression).may_be_true,
        }
    }

    pub fn truth(&self, expression: &Arc<dyn PhysicalExpr>) -> Truth {
        self.facts(expression).into_truth()
    }

    pub fn range(&self, expression: &Arc<dyn PhysicalExpr>) -> ValueRange {
        match self.facts(expression) {
            Facts::Values(range) => range,
            Facts::Truth(truth) => ValueRange::of_truth(&truth, self.containers()),
        }
    }

    pub fn data_type(&self, expression: &Arc<dyn PhysicalExpr>) -> Option<DataType> {
        expression.data_type(self.schema).ok()
    }

    fn facts(&self, expression: &Arc<dyn PhysicalExpr>) -> Facts {
        if *self.depth.borrow() >= DEPTH_LIMIT {
            return Facts::unknown();
        }
        let address = Arc::as_ptr(expression).cast::<()>();
        if let Some(facts) = self.seen.borrow().get(&address) {
            return facts.clone();
        }
        *self.depth.borrow_mut() += 1;
        let facts = self.facts_within(expression).unwrap_or_else(Facts::unknown);
        *self.depth.borrow_mut() -= 1;
        self.seen.borrow_mut().insert(address, facts.clone());
        facts
    }

    fn facts_within(&self, expression: &Arc<dyn PhysicalExpr>) -> Option<Facts> {
        if let Some(literal) = expression.downcast_ref::<Literal>() {
            let value = literal.value().to_array_of_size(1).ok()?;
            return Some(Facts::Values(ValueRange::literal(value)));
        }
        if let Some(leaf) = Leaf::of(expression.as_ref(), self.schema) {
            return Some(Facts::Values(self.column(leaf)));
        }
        if let Some(binary) = expression.downcast_ref::<BinaryExpr>() {
            return self.binary(expression, binary);
        }
        if let Some(not) = expression.downcast_ref::<NotExpr>() {
            return Some(Facts::Truth(self.truth(not.arg()).not()));
        }
        if let Some(is_null) = expression.downcast_ref::<IsNullExpr>() {
            return Some(Facts::Truth(self.is_null(is_null.arg())));
        }
        if let Some(is_not_null) = expression.downcast_ref::<IsNotNullExpr>() {
            return Some(Facts::Truth(self.is_null(is_not_null.arg()).not()));
        }
        if let Some(list) = expression.downcast_ref::<InListExpr>() {
            return in_list::evaluate(self, list).map(Facts::Truth);
        }
        if let Some(like) = expression.downcast_ref::<LikeExpr>() {
            return prefix::like(self, like)
                .map(Facts::Truth)
                .or_else(|| self.constant(expression));
        }
        if let Some(case) = expression.downcast_ref::<CaseExpr>() {
            return Some(Facts::Values(case::evaluate(self, case)));
        }
        if let Some(negative) = expression.downcast_ref::<NegativeExpr>() {
            return Some(Facts::Values(arithmetic::negate(
                &self.range(negative.arg()),
                self.containers(),
            )));
        }
        let cast = expression.downcast_ref::<CastExpr>().map(|cast| (cast.expr(), false));
        let try_cast = || expression.downcast_ref::<TryCastExpr>().map(|cast| (cast.expr(), true));
        if let Some((operand, gives_null)) = cast.or_else(try_cast) {
            return monotonic::cast(self, expression, operand, gives_null)
                .map(Facts::Values)
                .or_else(|| self.constant(expression));
        }
        if let Some(call) = expression.downcast_ref::<ScalarFunctionExpr>() {
            return function::evaluate(self, expression, call)
                .or_else(|| self.constant(expression));
        }
        None
    }

    fn column(&self, leaf: Leaf) -> ValueRange {
        if let Some((_, range)) = self.columns.borrow().iter().find(|(known, _)| *known == leaf) {
            return range.clone();
        }
        let range = self.statistics.range(&leaf, !self.not_nan.contains(&leaf));
        self.columns.borrow_mut().push((leaf, range.clone()));
        range
    }

    fn constant(&self, expression: &Arc<dyn PhysicalExpr>) -> Option<Facts> {
        constant::evaluate(self, expression).map(Facts::Values)
    }

    fn is_null(&self, operand: &Arc<dyn PhysicalExpr>) -> Truth {
        let (null, value) = match self.facts(operand) {
            Facts::Values(range) => (range.nulls.may_be_null(), range.nulls.may_be_value()),
            Facts::Truth(truth) => (truth.may_be_null, truth.may_be_true.or(&truth.may_be_false)),
        };
        Truth { may_be_true: null, may_be_false: value, may_be_null: Flags::None }
    }

    fn binary(&self, expression: &Arc<dyn PhysicalExpr>, binary: &BinaryExpr) -> Option<Facts> {
        match binary.op() {
            Operator::And => {
                let parts = conjuncts(expression).into_iter().map(|part| self.truth(&part));
                parts.reduce(|left, right| left.and(&right)).map(Facts::Truth)
            }
            Operator::Or => {
                let parts = disjuncts(expression).into_iter().map(|part| self.truth(&part));
                parts.reduce(|left, right| left.or(&right)).map(Facts::Truth)
            }
            op if comparison::is_comparison(*op) => {
                let (left, right) = (self.range(binary.left()), self.range(binary.right()));
                Some(Facts::Truth(comparison::compare(*op, &left, &right)))
            }
            Operator::RegexMatch => {
                prefix::regex(self, binary).map(Facts::Truth).or_else(|| self.constant(expression))
            }
            _ => arithmetic::evaluate(self, binary)
                .map(Facts::Values)
                .or_else(|| self.constant(expression)),
        }
    }
}
