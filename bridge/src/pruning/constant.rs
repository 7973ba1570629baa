//! Expressions whose operands have one value in a container have one there, too: whatever they do,
//! they are evaluated.

use std::sync::Arc;

use datafusion::arrow::array::{new_null_array, Array, ArrayRef, BooleanArray, UInt32Array};
use datafusion::arrow::compute::{filter, nullif, take};
use datafusion::logical_expr::Volatility;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use super::evaluator::Evaluator;
use super::flags::Flags;
use super::monotonic;
use super::value_range::{nan_of, without_nan, Bound, Nan, Nulls, ValueRange};

/// The operand's value in each container, and where that is known.
fn operand(evaluator: &Evaluator, child: &Arc<dyn PhysicalExpr>) -> Option<(ArrayRef, Flags)> {
    let containers = evaluator.containers();
    let range = evaluator.range(child);
    let null = range.nulls.may_be_value().not();
    let known = range.constant().or(&null);
    if known.is_none() {
        return None;
    }
    let data_type = evaluator.data_type(child)?;
    let array =
        range.lo.spread(containers).unwrap_or_else(|| new_null_array(&data_type, containers));
    if array.data_type() != &data_type {
        return None;
    }
    let array = match null.is_none() {
        true => array,
        false => nullif(&array, &null.array(containers)).ok()?,
    };
    Some((array, known))
}

/// Nothing where no container has one value.
pub fn evaluate(evaluator: &Evaluator, expression: &Arc<dyn PhysicalExpr>) -> Option<ValueRange> {
    if let Some(call) = expression.downcast_ref::<ScalarFunctionExpr>() {
        if call.fun().signature().volatility != Volatility::Immutable {
            return None;
        }
    }
    let mut known = Flags::All;
    let mut operands = Vec::new();
    for child in expression.children() {
        operands.push(match child.is::<Literal>() {
            true => None,
            false => {
                let (array, constant) = operand(evaluator, child)?;
                known = known.and(&constant);
                Some(array)
            }
        });
    }
    if known.is_none() || operands.iter().all(Option::is_none) {
        return None;
    }

    let mask = known.array(evaluator.containers());
    for array in operands.iter_mut().flatten() {
        *array = filter(array, &mask).ok()?;
    }
    let rows = mask.true_count();
    let values = monotonic::evaluate(expression, &operands, rows)?;
    let succeeded = values.failed.not().array(rows);

    let mut next = 0;
    let places: UInt32Array = mask
        .values()
        .iter()
        .map(|known| {
            known.then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    let array = take(&values.array, &places, None).ok()?;
    let succeeded = take(&succeeded, &places, None).ok()?;
    let known = Flags::where_true(succeeded.as_any().downcast_ref::<BooleanArray>()?);
    let valid = Flags::where_valid(&array);
    let nan = match array.data_type().is_floating() {
        true => nan_of(&array).or(&known.not()),
        false => Flags::None,
    };
    let bound = Bound::Each(without_nan(array));
    Some(ValueRange {
        lo: bound.clone(),
        hi: bound,
        nulls: Nulls::Known {
            may_be_null: known.and(&valid).not(),
            may_be_value: known.not().or(&valid),
        },
        nan: Nan::of(nan),
    })
}
