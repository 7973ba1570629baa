//! Functions whose results have a range.

use std::sync::Arc;

use datafusion::arrow::compute::kernels::cmp;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::scalar::ScalarValue;

use super::comparison;
use super::evaluator::{Evaluator, Facts};
use super::flags::Flags;
use super::monotonic::{ascending, has_steady_clock, Fails};
use super::prefix;
use super::truth::Truth;
use super::value_range::{Bound, Nan, Nulls, ValueRange};

type Arguments<'a> = &'a [Arc<dyn PhysicalExpr>];

/// Digits to which floats are rounded without loss or overflow of the factor.
const DIGITS: i64 = 15;

fn literal(argument: &Arc<dyn PhysicalExpr>) -> Option<&ScalarValue> {
    argument.downcast_ref::<Literal>().map(Literal::value)
}

fn integer(argument: &Arc<dyn PhysicalExpr>) -> Option<i64> {
    match literal(argument)? {
        ScalarValue::Int64(value) => *value,
        ScalarValue::Int32(value) => value.map(i64::from),
        _ => None,
    }
}

/// The argument of which the function's result is an ascending function, the others being constant.
fn ascending_in(evaluator: &Evaluator, name: &str, arguments: Arguments) -> Option<usize> {
    let steady =
        |argument| evaluator.data_type(argument).is_some_and(|kind| has_steady_clock(&kind));
    match (name, arguments) {
        ("floor" | "ceil" | "round" | "trunc" | "signum", [_]) => Some(0),
        ("round" | "trunc", [_, digits]) => {
            integer(digits).filter(|digits| (-DIGITS..=DIGITS).contains(digits)).map(|_| 0)
        }
        ("left", [_, length]) => integer(length).filter(|length| *length >= 0).map(|_| 0),
        ("substr", [_, start]) => integer(start).filter(|start| *start == 1).map(|_| 0),
        ("substr", [_, start, length]) => {
            integer(length)?;
            integer(start).filter(|start| *start == 1).map(|_| 0)
        }
        ("date_trunc", [unit, time]) => literal(unit).filter(|_| steady(time)).map(|_| 1),
        ("date_bin", [width, time]) => literal(width).filter(|_| steady(time)).map(|_| 1),
        ("date_bin", [width, time, origin]) => {
            literal(origin)?;
            literal(width).filter(|_| steady(time)).map(|_| 1)
        }
        ("date_part", [part, time]) => {
            let part = literal(part)?.try_as_str()??.to_ascii_lowercase();
            (matches!(part.as_str(), "year" | "isoyear" | "epoch") && steady(time)).then_some(1)
        }
        _ => None,
    }
}

fn is_nan(range: &ValueRange) -> Truth {
    let values = range.nulls.may_be_value();
    Truth {
        may_be_true: values.and(&range.nan.any()),
        may_be_false: values,
        may_be_null: range.nulls.may_be_null(),
    }
}

fn is_float(range: &ValueRange) -> bool {
    range.lo.array().is_none_or(|array| array.data_type().is_floating())
}

fn null_if(left: &ValueRange, right: &ValueRange) -> ValueRange {
    let mut equal = comparison::compare(Operator::Eq, left, right);
    if is_float(left) {
        // The function tells the zeros apart.
        equal.may_be_false = Flags::All;
    }
    let nulls = Nulls::Known {
        may_be_null: left.nulls.may_be_null().or(&equal.may_be_true),
        may_be_value: left.nulls.may_be_value().and(&equal.may_be_false.or(&equal.may_be_null)),
    };
    ValueRange { nulls, ..left.clone() }
}

fn absolute(
    evaluator: &Evaluator,
    expression: &Arc<dyn PhysicalExpr>,
    argument: &Arc<dyn PhysicalExpr>,
) -> Option<ValueRange> {
    let containers = evaluator.containers();
    let range = evaluator.range(argument);
    let mapped = ascending(evaluator, expression, 0, &range, Fails::Query)?;
    let data_type = range.lo.array()?.data_type().clone();
    let zero = Bound::Same(ScalarValue::new_zero(&data_type).ok()?.to_array().ok()?);
    let known = mapped.lo.known().and(&mapped.hi.known());
    let positive = range.lo.surely(cmp::gt_eq, &zero);
    let negative = range.hi.surely(cmp::lt_eq, &zero);
    let lo = Bound::select(&negative, &mapped.hi, &zero, containers);
    let lo = Bound::select(&positive, &mapped.lo, &lo, containers).only(&known, containers);
    let hi = mapped.lo.greater(&mapped.hi, containers);
    let nan = Nan { positive: mapped.nan.any(), negative: Flags::None };
    Some(ValueRange { lo, hi, nan, ..mapped })
}

/// Nothing if the function is none of those.
pub fn evaluate(
    evaluator: &Evaluator,
    expression: &Arc<dyn PhysicalExpr>,
    call: &ScalarFunctionExpr,
) -> Option<Facts> {
    let arguments = call.args();
    match (call.fun().name(), arguments) {
        ("isnan", [argument]) => Some(Facts::Truth(is_nan(&evaluator.range(argument)))),
        ("starts_with", _) => prefix::starts(evaluator, arguments).map(Facts::Truth),
        ("abs", [argument]) => absolute(evaluator, expression, argument).map(Facts::Values),
        ("nullif", [left, right]) => {
            Some(Facts::Values(null_if(&evaluator.range(left), &evaluator.range(right))))
        }
        (name, _) => {
            let position = ascending_in(evaluator, name, arguments)?;
            let range = evaluator.range(arguments.get(position)?);
            ascending(evaluator, expression, position, &range, Fails::Query).map(Facts::Values)
        }
    }
}
