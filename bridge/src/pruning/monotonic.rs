//! Expressions of one varying operand that keep the order of its values: their bounds are those of
//! the operand, put through the expression itself.

use std::sync::Arc;

use datafusion::arrow::array::{new_null_array, Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::PhysicalExpr;

use super::evaluator::Evaluator;
use super::flags::Flags;
use super::value_range::{finite, nan_of, without_nan, Bound, Nan, Nulls, ValueRange};

/// So many failing values are told from the others in a batch; then the rest of it is unknown.
const FAILURES: usize = 64;

/// The value of an expression for each row; null, and marked, where it fails.
pub struct Values {
    pub array: ArrayRef,
    pub failed: Flags,
}

/// Puts columns in place of operands, and evaluates.
pub fn evaluate(
    expression: &Arc<dyn PhysicalExpr>,
    operands: &[Option<ArrayRef>],
    rows: usize,
) -> Option<Values> {
    let (mut fields, mut arrays, mut children) = (Vec::new(), Vec::new(), Vec::new());
    for (child, operand) in expression.children().into_iter().zip(operands) {
        children.push(match operand {
            Some(array) => {
                let column = Column::new("operand", arrays.len());
                fields.push(Field::new("operand", array.data_type().clone(), true));
                arrays.push(Arc::clone(array));
                Arc::new(column) as Arc<dyn PhysicalExpr>
            }
            None => Arc::clone(child),
        });
    }
    let schema = Arc::new(Schema::new(fields));
    let expression = Arc::clone(expression).with_new_children(children).ok()?;
    let data_type = expression.data_type(&schema).ok()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(schema, arrays, &options).ok()?;
    let mut failures = Vec::new();
    let array = evaluate_halves(&expression, &batch, 0, &data_type, &mut failures)?;
    let failed = match failures.is_empty() {
        true => Flags::None,
        false => {
            let failed =
                |row| failures.iter().any(|(from, count)| (*from..from + count).contains(&row));
            Flags::Some(BooleanBuffer::collect_bool(rows, failed))
        }
    };
    (array.len() == rows && array.data_type() == &data_type).then_some(Values { array, failed })
}

fn evaluate_halves(
    expression: &Arc<dyn PhysicalExpr>,
    batch: &RecordBatch,
    from: usize,
    data_type: &DataType,
    failures: &mut Vec<(usize, usize)>,
) -> Option<ArrayRef> {
    let rows = batch.num_rows();
    let value = expression.evaluate(batch).and_then(|value| value.into_array(rows));
    if let Ok(array) = value {
        return Some(array);
    }
    if rows <= 1 || failures.len() >= FAILURES {
        failures.push((from, rows));
        return Some(new_null_array(data_type, rows));
    }
    let half = rows / 2;
    let (left, right) = (batch.slice(0, half), batch.slice(half, rows - half));
    let left = evaluate_halves(expression, &left, from, data_type, failures)?;
    let right = evaluate_halves(expression, &right, from + half, data_type, failures)?;
    concat(&[&left, &right]).ok()
}

/// What an order-preserving expression does outside of the values that it maps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    Never,
    /// The query fails; where that may be, nothing is known.
    Query,
    /// The value is null.
    Null,
}

/// The range of `expression`, which keeps the order of the operand at `position`; the other
/// operands are constants.
pub fn ascending(
    evaluator: &Evaluator,
    expression: &Arc<dyn PhysicalExpr>,
    position: usize,
    range: &ValueRange,
    fails: Fails,
) -> Option<ValueRange> {
    let operands = expression.children().len();
    let mapped = |bound: &Bound| {
        let Some(array) = bound.array() else { return Some(Bound::Unknown) };
        let mut arrays = vec![None; operands];
        *arrays.get_mut(position)? = Some(Arc::clone(array));
        Some(bound.with(Some(evaluate(expression, &arrays, array.len())?.array)))
    };
    let (lo, hi) = (mapped(&range.lo)?, mapped(&range.hi)?);
    Some(of_mapped(evaluator, range, lo, hi, fails))
}

/// A range whose bounds are `lo` and `hi`, which came of those of `range`.
pub fn of_mapped(
    evaluator: &Evaluator,
    range: &ValueRange,
    lo: Bound,
    hi: Bound,
    fails: Fails,
) -> ValueRange {
    let containers = evaluator.containers();
    let is_float = lo.array().or(hi.array()).is_some_and(|array| array.data_type().is_floating());
    let (lo, not_a_number) = split_nan(lo);
    let (hi, nor_this) = split_nan(hi);
    let made_nan = not_a_number.or(&nor_this);
    let mut mapped = ValueRange { lo, hi, nulls: range.nulls.clone(), nan: range.nan.clone() };
    if !is_float {
        mapped.nan = Nan::none();
    } else if !made_nan.is_none() {
        mapped.nan = Nan::of(mapped.nan.any().or(&made_nan));
    }
    if fails == Fails::Never {
        return mapped;
    }
    let mut whole = mapped.lo.known().and(&mapped.hi.known());
    if !is_float {
        whole = whole.and(&range.nan.any().not());
    }
    mapped.lo = mapped.lo.only(&whole, containers);
    mapped.hi = mapped.hi.only(&whole, containers);
    mapped.nulls = Nulls::Known {
        may_be_null: range.nulls.may_be_null().or(&whole.not()),
        may_be_value: range.nulls.may_be_value(),
    };
    mapped
}

/// The bound without NaN, and where that was.
pub fn split_nan(bound: Bound) -> (Bound, Flags) {
    let nan = match &bound {
        Bound::Unknown => Flags::None,
        Bound::Same(array) => Flags::of(!nan_of(array).is_none()),
        Bound::Each(array) => nan_of(array),
    };
    let array = bound.array().cloned().map(without_nan);
    (bound.with(array), nan)
}

/// Where a bound is known and finite.
pub fn known_finite(bound: &Bound) -> Flags {
    match bound {
        Bound::Unknown => Flags::None,
        Bound::Same(array) => bound.known().and(&Flags::of(matches!(finite(array), Flags::All))),
        Bound::Each(array) => bound.known().and(&finite(array)),
    }
}

pub fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "utc" | "Z" | "+00:00" | "-00:00" | "Etc/UTC" | "GMT")
}

/// Whether the wall clock of a type's zone never goes back.
pub fn has_steady_clock(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamp(_, Some(zone)) => is_utc(zone),
        _ => true,
    }
}

/// Whether and how a cast keeps the order of values.
fn order_of_cast(from: &DataType, to: &DataType) -> Option<Fails> {
    use DataType::*;
    let is_binary = |data_type: &DataType| matches!(data_type, Binary | LargeBinary | BinaryView);
    let bits = |data_type: &DataType| data_type.primitive_width().unwrap_or(usize::MAX);
    let fails = match (from, to) {
        (from, to) if from == to => Fails::Never,
        (Dictionary(_, from), to) => return order_of_cast(from, to),
        (from, to) if from.is_string() && (to.is_string() || is_binary(to)) => Fails::Never,
        (from, to) if is_binary(from) && is_binary(to) => Fails::Never,
        (Float32 | Float64, Float32 | Float64) => Fails::Never,
        (from, Float32 | Float64) if from.is_integer() || from.is_decimal() => Fails::Never,
        (from, to) if from.is_signed_integer() && to.is_signed_integer() => {
            match bits(from) <= bits(to) {
                true => Fails::Never,
                false => Fails::Query,
            }
        }
        (from, to)
            if (from.is_integer() || from.is_decimal() || matches!(from, Float32 | Float64))
                && (to.is_integer() || to.is_decimal()) =>
        {
            Fails::Query
        }
        (Boolean, to) if to.is_integer() => Fails::Never,
        (Date32 | Date64, Date32 | Date64) => Fails::Query,
        (Date32, Int32 | Int64) | (Int32, Date32) => Fails::Query,
        (Timestamp(..), Int64) => Fails::Never,
        (Date32 | Date64, to @ Timestamp(..)) if has_steady_clock(to) => Fails::Query,
        (from @ Timestamp(..), Date32 | Date64) if has_steady_clock(from) => Fails::Query,
        (from @ Timestamp(unit, from_zone), to @ Timestamp(to_unit, to_zone)) => {
            let one_clock = has_steady_clock(from) && has_steady_clock(to);
            if !one_clock && from_zone.is_some() != to_zone.is_some() {
                return None;
            }
            match rank(unit) >= rank(to_unit) {
                true => Fails::Never,
                false => Fails::Query,
            }
        }
        _ => return None,
    };
    Some(fails)
}

fn rank(unit: &TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    }
}

/// CAST, or TRY_CAST (`gives_null`).
pub fn cast(
    evaluator: &Evaluator,
    expression: &Arc<dyn PhysicalExpr>,
    operand: &Arc<dyn PhysicalExpr>,
    gives_null: bool,
) -> Option<ValueRange> {
    let (from, to) = (evaluator.data_type(operand)?, evaluator.data_type(expression)?);
    let fails = match order_of_cast(&from, &to)? {
        Fails::Query if gives_null => Fails::Null,
        fails => fails,
    };
    ascending(evaluator, expression, 0, &evaluator.range(operand), fails)
}
