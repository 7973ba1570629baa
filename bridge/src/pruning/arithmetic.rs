//! Sums, differences, products and quotients of ranges.
//!
//! The engine's integers wrap around. Where a bound may do so, nothing is known of the result.

use std::sync::Arc;

use datafusion::arrow::array::{new_null_array, Array, ArrayRef, AsArray, BooleanArray, Datum};
use datafusion::arrow::compute::kernels::numeric::{add, div, mul, neg, sub};
use datafusion::arrow::compute::{concat, kernels::cmp};
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNanoType, IntervalUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::scalar::ScalarValue;

use super::evaluator::Evaluator;
use super::flags::Flags;
use super::monotonic::{has_steady_clock, known_finite, split_nan};
use super::value_range::{Bound, Nan, Nulls, ValueRange};

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

/// Parts of the bounds that overflow are searched for down to this many containers.
const PART: usize = 64;

/// The checked operation on two bounds; unknown where it overflows, or near that.
fn checked(kernel: Kernel, left: &Bound, right: &Bound) -> Bound {
    if let Some(array) = left.apply(right, kernel) {
        return left.combined(right, array);
    }
    let rows = [left, right].into_iter().find_map(|bound| match bound {
        Bound::Each(array) => Some(array.len()),
        _ => None,
    });
    let Some(rows) = rows else { return Bound::Unknown };
    if left.array().is_none() || right.array().is_none() {
        return Bound::Unknown;
    }
    let part = |bound: &Bound, from: usize, count: usize| match bound {
        Bound::Each(array) => Bound::Each(array.slice(from, count)),
        bound => bound.clone(),
    };
    let mut parts: Vec<Option<ArrayRef>> = Vec::new();
    for from in (0..rows).step_by(PART) {
        let count = PART.min(rows - from);
        let whole = part(left, from, count).apply(&part(right, from, count), kernel);
        if whole.is_some() {
            parts.push(whole);
            continue;
        }
        for row in from..from + count {
            parts.push(part(left, row, 1).apply(&part(right, row, 1), kernel));
        }
    }
    join(parts, rows).map_or(Bound::Unknown, Bound::Each)
}

/// The parts in a row; those that are missing are one unknown value.
fn join(parts: Vec<Option<ArrayRef>>, rows: usize) -> Option<ArrayRef> {
    let data_type = parts.iter().flatten().next()?.data_type().clone();
    let null = new_null_array(&data_type, 1);
    let parts: Vec<&dyn Array> =
        parts.iter().map(|part| part.as_ref().unwrap_or(&null).as_ref()).collect();
    concat(&parts).ok().filter(|joined| joined.len() == rows)
}

/// The range between two bounds, of which all that went into them is known.
fn between(left: &ValueRange, right: &ValueRange, lo: Bound, hi: Bound, all: usize) -> ValueRange {
    let ((lo, lo_nan), (hi, hi_nan)) = (split_nan(lo), split_nan(hi));
    let known = lo.known().and(&hi.known());
    let is_float = lo.array().or(hi.array()).is_some_and(|array| array.data_type().is_floating());
    let nan = match is_float {
        // Infinities may make NaN of numbers.
        true => {
            let sources = [&left.lo, &left.hi, &right.lo, &right.hi];
            let finite =
                sources.into_iter().fold(Flags::All, |all, bound| all.and(&known_finite(bound)));
            let made = lo_nan.or(&hi_nan).or(&finite.not());
            Nan::of(left.nan.any().or(&right.nan.any()).or(&made))
        }
        false => Nan::none(),
    };
    let may_be_null = left.nulls.may_be_null().or(&right.nulls.may_be_null());
    ValueRange {
        lo: lo.only(&known, all),
        hi: hi.only(&known, all),
        nulls: Nulls::Known {
            may_be_null: may_be_null.or(&known.not()),
            may_be_value: left.nulls.may_be_value().and(&right.nulls.may_be_value()),
        },
        nan,
    }
}

/// The smallest and the greatest of the results for all pairs of bounds.
fn extremes(
    kernel: Kernel,
    left: &ValueRange,
    right: &ValueRange,
    containers: usize,
) -> (Bound, Bound) {
    let (first, second) =
        (checked(kernel, &left.lo, &right.lo), checked(kernel, &left.hi, &right.lo));
    let mut lo = first.smaller(&second, containers);
    let mut hi = first.greater(&second, containers);
    if !is_literal(right) {
        for other in [&left.lo, &left.hi] {
            let result = checked(kernel, other, &right.hi);
            lo = lo.smaller(&result, containers);
            hi = hi.greater(&result, containers);
        }
    }
    (lo, hi)
}

fn is_literal(range: &ValueRange) -> bool {
    matches!((&range.lo, &range.hi), (Bound::Same(lo), Bound::Same(hi))
        if Arc::ptr_eq(lo, hi))
}

/// A literal that is neither zero nor infinite.
fn divides(range: &ValueRange) -> bool {
    let Bound::Same(value) = &range.lo else { return false };
    let zero = ScalarValue::new_zero(value.data_type()).and_then(|zero| zero.to_array());
    is_literal(range)
        && matches!(known_finite(&range.lo), Flags::All)
        && zero
            .is_ok_and(|zero| matches!(range.lo.surely(cmp::neq, &Bound::Same(zero)), Flags::All))
}

/// Whether an interval moves later times of that type to times that are not earlier. Months cut the
/// day to the month's last one and keep the time of the day: where there is one, a later time may come
/// first. Intervals have no order of their own by which two bounds of them could be told.
fn keeps_order(interval: &ValueRange, time: &DataType) -> bool {
    let Bound::Same(value) = &interval.lo else { return false };
    let has_months = match value.data_type() {
        DataType::Interval(IntervalUnit::DayTime) => false,
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let intervals = value.as_primitive::<IntervalMonthDayNanoType>();
            intervals.iter().flatten().any(|interval| interval.months != 0)
        }
        _ => true,
    };
    is_literal(interval) && (!has_months || *time == DataType::Date32)
}

/// Whether sums and differences of the two are those of numbers on a line.
fn is_linear(types: (&DataType, &DataType), left: &ValueRange, right: &ValueRange) -> bool {
    use DataType::*;
    match types {
        (time @ (Date32 | Date64 | Timestamp(..)), Interval(_)) => {
            has_steady_clock(time) && keeps_order(right, time)
        }
        (Interval(_), time @ (Date32 | Date64 | Timestamp(..))) => {
            has_steady_clock(time) && keeps_order(left, time)
        }
        (time @ (Date32 | Date64 | Timestamp(..)), Duration(_))
        | (Duration(_), time @ (Date32 | Date64 | Timestamp(..))) => has_steady_clock(time),
        (left, right) => left.is_numeric() && right.is_numeric(),
    }
}

pub fn evaluate(evaluator: &Evaluator, binary: &BinaryExpr) -> Option<ValueRange> {
    let op = *binary.op();
    if !matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide) {
        return None;
    }
    let types = (evaluator.data_type(binary.left())?, evaluator.data_type(binary.right())?);
    let are_numbers = types.0.is_numeric() && types.1.is_numeric();
    let containers = evaluator.containers();
    let (left, right) = (evaluator.range(binary.left()), evaluator.range(binary.right()));
    let is_linear = is_linear((&types.0, &types.1), &left, &right);
    let (lo, hi) = match op {
        Operator::Plus if is_linear => {
            (checked(add, &left.lo, &right.lo), checked(add, &left.hi, &right.hi))
        }
        Operator::Minus if is_linear => {
            (checked(sub, &left.lo, &right.hi), checked(sub, &left.hi, &right.lo))
        }
        Operator::Multiply if are_numbers => extremes(mul, &left, &right, containers),
        Operator::Divide if are_numbers && divides(&right) => {
            extremes(div, &left, &right, containers)
        }
        _ => return None,
    };
    Some(between(&left, &right, lo, hi, containers))
}

pub fn negate(range: &ValueRange, containers: usize) -> ValueRange {
    let negated = |bound: &Bound| match bound.array() {
        Some(array) if array.data_type().is_numeric() => {
            let one = |value: &dyn Datum, _: &dyn Datum| neg(value.get().0);
            match neg(array) {
                Ok(array) => bound.with(Some(array)),
                Err(_) => checked_neg(bound, one),
            }
        }
        _ => Bound::Unknown,
    };
    let (lo, hi) = (negated(&range.hi), negated(&range.lo));
    let known = lo.known().and(&hi.known());
    ValueRange {
        lo: lo.only(&known, containers),
        hi: hi.only(&known, containers),
        nulls: Nulls::Known {
            may_be_null: range.nulls.may_be_null().or(&known.not()),
            may_be_value: range.nulls.may_be_value(),
        },
        nan: Nan { positive: range.nan.negative.clone(), negative: range.nan.positive.clone() },
    }
}

fn checked_neg(bound: &Bound, kernel: Kernel) -> Bound {
    checked(kernel, bound, &Bound::Same(Arc::new(BooleanArray::from(vec![false]))))
}
