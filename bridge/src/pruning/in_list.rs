//! IN and NOT IN.

use std::sync::Arc;

use datafusion::arrow::array::{make_comparator, Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::kernels::cmp;
use datafusion::arrow::compute::{cast, sort, SortOptions};
use datafusion::common::utils::normalize_float_zero;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{InListExpr, Literal};
use datafusion::scalar::ScalarValue;

use super::comparison;
use super::evaluator::Evaluator;
use super::flags::Flags;
use super::truth::Truth;
use super::value_range::{nan_of, Bound, ValueRange};

/// Lists of literals that are longer are sorted, and searched.
const SHORT: usize = 8;

pub fn evaluate(evaluator: &Evaluator, list: &InListExpr) -> Option<Truth> {
    let range = evaluator.range(list.expr());
    let found = match list.len() > SHORT {
        true => search(list, &range),
        false => None,
    };
    let mut found = found.unwrap_or_else(|| {
        let equal = |item| comparison::compare(Operator::Eq, &range, &evaluator.range(item));
        let never = Truth {
            may_be_true: Flags::None,
            may_be_false: range.nulls.may_be_value(),
            may_be_null: range.nulls.may_be_null(),
        };
        list.list().iter().map(equal).fold(never, |any, one| any.or(&one))
    });
    if evaluator.data_type(list.expr())?.is_floating() {
        // Zero and minus zero may or may not be alike here.
        found.may_be_false = range.nulls.may_be_value();
    }
    Some(match list.negated() {
        true => found.not(),
        false => found,
    })
}

/// The list as a sorted array without nulls, and whether there was one; nothing unless it consists
/// of literals.
fn sorted(list: &InListExpr) -> Option<(ArrayRef, bool)> {
    let mut has_null = false;
    let mut values = Vec::with_capacity(list.len());
    for item in list.list() {
        let value = item.downcast_ref::<Literal>()?.value();
        match value {
            ScalarValue::Dictionary(_, value) => values.push(value.as_ref().clone()),
            value => values.push(value.clone()),
        }
        if value.is_null() {
            has_null = true;
            values.pop();
        }
    }
    let array = normalize_float_zero(&ScalarValue::iter_to_array(values).ok()?);
    Some((sort(&array, None).ok()?, has_null))
}

fn search(list: &InListExpr, range: &ValueRange) -> Option<Truth> {
    let (items, has_null) = sorted(list)?;
    if !nan_of(&items).is_none() {
        return None;
    }
    let (Bound::Each(lo), Bound::Each(hi)) = (&range.lo, &range.hi) else { return None };
    let plain = |array: &ArrayRef| match array.as_any_dictionary_opt() {
        Some(_) => cast(array, items.data_type()).ok(),
        None => Some(normalize_float_zero(array)),
    };
    let (lo, hi) = (plain(lo)?, plain(hi)?);
    let above_lo = make_comparator(&items, &lo, SortOptions::default()).ok()?;
    let above_hi = make_comparator(&items, &hi, SortOptions::default()).ok()?;
    let item = |index| Bound::Same(items.slice(index, 1));
    let apart = match items.len() {
        0 => Flags::All,
        count => {
            (range.hi.surely(cmp::lt, &item(0))).or(&range.lo.surely(cmp::gt, &item(count - 1)))
        }
    };
    let apart = apart.bits(lo.len());
    let may_contain = |container: usize| {
        if apart.value(container) {
            return false;
        }
        // The first item that is not below the bound, if that is known.
        let (mut from, mut to) = (0, items.len());
        while lo.is_valid(container) && from < to {
            let middle = from + (to - from) / 2;
            match above_lo(middle, container).is_lt() {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        from < items.len() && (hi.is_null(container) || above_hi(from, container).is_le())
    };
    let may_contain = Flags::Some(BooleanBuffer::collect_bool(lo.len(), may_contain));
    let values = range.nulls.may_be_value();
    let one_value = Bound::Each(Arc::clone(&lo)).surely(cmp::eq, &Bound::Each(hi));
    let null_in_list = Flags::of(has_null);
    // Of a single value, that it may be in the list means that it is.
    let outside = values.and(&one_value.and(&may_contain).and(&range.nan.any().not()).not());
    Some(Truth {
        may_be_true: values.and(&may_contain),
        may_be_false: outside.and(&null_in_list.not()),
        may_be_null: range.nulls.may_be_null().or(&outside.and(&null_in_list)),
    })
}
