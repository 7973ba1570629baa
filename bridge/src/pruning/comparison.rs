//! Comparisons of two ranges.

use datafusion::arrow::compute::kernels::cmp;
use datafusion::logical_expr::Operator;

use super::flags::Flags;
use super::truth::Truth;
use super::value_range::ValueRange;

/// Where `left op right` may hold between two values of the ranges that are not null.
fn may_hold(op: Operator, left: &ValueRange, right: &ValueRange) -> Flags {
    let low = || left.nan.negative.or(&right.nan.positive);
    let high = || left.nan.positive.or(&right.nan.negative);
    match op {
        Operator::Lt => left.lo.surely(cmp::gt_eq, &right.hi).not().or(&low()),
        Operator::LtEq => left.lo.surely(cmp::gt, &right.hi).not().or(&low()),
        Operator::Gt => left.hi.surely(cmp::lt_eq, &right.lo).not().or(&high()),
        Operator::GtEq => left.hi.surely(cmp::lt, &right.lo).not().or(&high()),
        Operator::Eq => {
            let apart = left.lo.surely(cmp::gt, &right.hi).or(&left.hi.surely(cmp::lt, &right.lo));
            let both_nan = (left.nan.positive.and(&right.nan.positive))
                .or(&left.nan.negative.and(&right.nan.negative));
            apart.not().or(&both_nan)
        }
        Operator::NotEq => {
            let one_value = (left.lo.surely(cmp::eq, &left.hi))
                .and(&right.lo.surely(cmp::eq, &right.hi))
                .and(&left.lo.surely(cmp::eq, &right.lo));
            one_value.not().or(&left.nan.any()).or(&right.nan.any())
        }
        _ => Flags::All,
    }
}

/// Where the comparison may be true.
pub fn may_be_true(op: Operator, left: &ValueRange, right: &ValueRange) -> Flags {
    let values = || left.nulls.may_be_value().and(&right.nulls.may_be_value());
    match op {
        Operator::IsDistinctFrom => {
            let one_null = (left.nulls.may_be_null().and(&right.nulls.may_be_value()))
                .or(&left.nulls.may_be_value().and(&right.nulls.may_be_null()));
            values().and(&may_hold(Operator::NotEq, left, right)).or(&one_null)
        }
        Operator::IsNotDistinctFrom => {
            let both_null = left.nulls.may_be_null().and(&right.nulls.may_be_null());
            values().and(&may_hold(Operator::Eq, left, right)).or(&both_null)
        }
        _ => match may_hold(op, left, right) {
            holds if holds.is_none() => Flags::None,
            holds => holds.and(&values()),
        },
    }
}

fn opposite(op: Operator) -> Option<Operator> {
    Some(match op {
        Operator::IsDistinctFrom => Operator::IsNotDistinctFrom,
        Operator::IsNotDistinctFrom => Operator::IsDistinctFrom,
        _ => op.negate()?,
    })
}

/// Whether this file knows the operator.
pub fn is_comparison(op: Operator) -> bool {
    matches!(
        op,
        Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::Eq
            | Operator::NotEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

pub fn compare(op: Operator, left: &ValueRange, right: &ValueRange) -> Truth {
    let Some(opposite) = opposite(op) else { return Truth::unknown() };
    let never_null = matches!(op, Operator::IsDistinctFrom | Operator::IsNotDistinctFrom);
    Truth {
        may_be_true: may_be_true(op, left, right),
        may_be_false: may_be_true(opposite, left, right),
        may_be_null: match never_null {
            true => Flags::None,
            false => left.nulls.may_be_null().or(&right.nulls.may_be_null()),
        },
    }
}
