//! CASE: the ranges of the branches that a row may take, together.

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{CaseExpr, IsNotNullExpr};

use super::comparison;
use super::evaluator::Evaluator;
use super::flags::Flags;
use super::value_range::{Bound, Nan, Nulls, ValueRange};

/// The ranges so far, of the containers that have any.
struct Union {
    lo: Bound,
    hi: Bound,
    may_be_null: Flags,
    may_be_value: Flags,
    nan: Nan,
}

impl Union {
    fn add(&mut self, taken: &Flags, never_null: bool, range: &ValueRange, containers: usize) {
        let values = taken.and(&range.nulls.may_be_value());
        let both = values.and(&self.may_be_value);
        let joined = |so_far: &Bound, new: &Bound, both_of: Bound| {
            let one = Bound::select(&values, new, so_far, containers);
            Bound::select(&both, &both_of, &one, containers)
        };
        self.lo = joined(&self.lo, &range.lo, self.lo.smaller(&range.lo, containers));
        self.hi = joined(&self.hi, &range.hi, self.hi.greater(&range.hi, containers));
        self.may_be_value = self.may_be_value.or(&values);
        self.nan = Nan {
            positive: self.nan.positive.or(&values.and(&range.nan.positive)),
            negative: self.nan.negative.or(&values.and(&range.nan.negative)),
        };
        if !never_null {
            self.may_be_null = self.may_be_null.or(&taken.and(&range.nulls.may_be_null()));
        }
    }
}

pub fn evaluate(evaluator: &Evaluator, case: &CaseExpr) -> ValueRange {
    let containers = evaluator.containers();
    let mut union = Union {
        lo: Bound::Unknown,
        hi: Bound::Unknown,
        may_be_null: Flags::None,
        may_be_value: Flags::None,
        nan: Nan::none(),
    };
    let mut reached = Flags::All;
    for (when, then) in case.when_then_expr() {
        let condition = match case.expr() {
            Some(operand) => {
                let is_float = evaluator.data_type(operand).is_none_or(|kind| kind.is_floating());
                let (operand, when) = (evaluator.range(operand), evaluator.range(when));
                let mut equal = comparison::compare(Operator::Eq, &operand, &when);
                if is_float {
                    // Zero and minus zero may or may not be alike here.
                    equal.may_be_false = Flags::All;
                }
                equal
            }
            None => evaluator.truth(when),
        };
        let taken = reached.and(&condition.may_be_true);
        let never_null = when
            .downcast_ref::<IsNotNullExpr>()
            .is_some_and(|is_not_null| is_not_null.arg() == then);
        union.add(&taken, never_null, &evaluator.range(then), containers);
        reached = reached.and(&condition.may_be_false.or(&condition.may_be_null));
    }
    match case.else_expr() {
        Some(otherwise) => union.add(&reached, false, &evaluator.range(otherwise), containers),
        None => union.may_be_null = union.may_be_null.or(&reached),
    }
    let Union { lo, hi, may_be_null, may_be_value, nan } = union;
    ValueRange { lo, hi, nulls: Nulls::Known { may_be_null, may_be_value }, nan }
}
