//! Which conditions no NaN satisfies.
//!
//! Statistics leave NaN out, and in the engine's order it lies outside of all numbers: a bound on
//! one side lets NaN of one sign through. Conditions that together let none through can be judged by
//! the bounds of the numbers.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column};
use datafusion::physical_expr::{DynamicFilterTracking, PhysicalExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;

use super::leaf::Leaf;

/// NaN has many forms, which differ in order: the extremes, and the usual one.
const FORMS_64: [u64; 3] = [0x7ff0_0000_0000_0001, 0x7ff8_0000_0000_0000, 0x7fff_ffff_ffff_ffff];
const FORMS_32: [u32; 3] = [0x7f80_0001, 0x7fc0_0000, 0x7fff_ffff];

/// The positive ones, then the negative ones.
fn samples(data_type: &DataType) -> Option<ArrayRef> {
    Some(match data_type {
        DataType::Float64 => {
            let negative = FORMS_64.map(|bits| bits | 1 << 63);
            let values = [FORMS_64, negative].concat();
            Arc::new(Float64Array::from_iter_values(values.into_iter().map(f64::from_bits)))
        }
        DataType::Float32 => {
            let negative = FORMS_32.map(|bits| bits | 1 << 31);
            let values = [FORMS_32, negative].concat();
            Arc::new(Float32Array::from_iter_values(values.into_iter().map(f32::from_bits)))
        }
        _ => return None,
    })
}

struct Excluded {
    leaf: Leaf,
    positive: bool,
    negative: bool,
}

/// Tries NaN in place of the only leaf of a condition.
fn excluded(condition: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Option<Excluded> {
    if is_volatile(condition)
        || DynamicFilterTracking::classify(condition).contains_dynamic_filter()
    {
        return None;
    }
    let mut leaves = Leaf::all(condition, schema).ok()?;
    let leaf = leaves.pop().filter(|_| leaves.is_empty())?;
    let samples = samples(&leaf.data_type)?;
    let half = samples.len() / 2;
    let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("sample", 0));
    let tried = Leaf::replace_all(condition, schema, |_, _| Some(Arc::clone(&column))).ok()?;
    let fields = vec![Field::new("sample", leaf.data_type.clone(), true)];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![samples]).ok()?;
    let result = tried.evaluate(&batch).ok()?.into_array(batch.num_rows()).ok()?;
    let result = result.as_boolean_opt()?;
    let none_true = |from: usize, count: usize| !result.slice(from, count).has_true();
    Some(Excluded { leaf, positive: none_true(0, half), negative: none_true(half, half) })
}

/// The leaves that are no NaN where all of `conditions` hold.
pub fn not_nan(conditions: &[Arc<dyn PhysicalExpr>], schema: &Schema) -> Vec<Leaf> {
    let mut found: Vec<Excluded> = Vec::new();
    for new in conditions.iter().filter_map(|condition| excluded(condition, schema)) {
        match found.iter_mut().find(|excluded| excluded.leaf == new.leaf) {
            Some(excluded) => {
                excluded.positive |= new.positive;
                excluded.negative |= new.negative;
            }
            None => found.push(new),
        }
    }
    found
        .into_iter()
        .filter(|excluded| excluded.positive && excluded.negative)
        .map(|excluded| excluded.leaf)
        .collect()
}

fn operands(expression: &Arc<dyn PhysicalExpr>, op: Operator) -> Vec<Arc<dyn PhysicalExpr>> {
    let mut operands = Vec::new();
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        match next.downcast_ref::<BinaryExpr>() {
            Some(binary) if *binary.op() == op => {
                pending.push(binary.right());
                pending.push(binary.left());
            }
            _ => operands.push(Arc::clone(next)),
        }
    }
    operands
}

/// The operands of a chain of AND, however deep; others are a chain of one.
pub fn conjuncts(expression: &Arc<dyn PhysicalExpr>) -> Vec<Arc<dyn PhysicalExpr>> {
    operands(expression, Operator::And)
}

pub fn disjuncts(expression: &Arc<dyn PhysicalExpr>) -> Vec<Arc<dyn PhysicalExpr>> {
    operands(expression, Operator::Or)
}
