//! Values that must be there: a field that is not nullable holds no null in what is there around it.

use datafusion::arrow::array::{Array, AsArray, BooleanBufferBuilder};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field};

/// The first null in an array where the field has none, at any depth.
#[derive(Debug, PartialEq)]
pub struct Missing {
    pub row: usize,
    /// The names that lead to the field.
    pub path: String,
}

pub fn first_missing(field: &Field, array: &dyn Array) -> Option<Missing> {
    match may_miss(field, array) {
        true => search(field, array, None, field.name()),
        false => None,
    }
}

/// Whether there is a null, seen by a look at counts alone, where a field has none. It may be one that
/// nothing shows.
fn may_miss(field: &Field, array: &dyn Array) -> bool {
    if !field.is_nullable() && array.logical_null_count() > 0 {
        return true;
    }
    match (field.data_type(), array.data_type()) {
        (DataType::Struct(fields), DataType::Struct(_)) => {
            let columns = array.as_struct().columns().iter();
            fields.iter().zip(columns).any(|(field, column)| may_miss(field, column))
        }
        (DataType::List(element), DataType::List(_)) => {
            may_miss(element, array.as_list::<i32>().values())
        }
        (DataType::LargeList(element), DataType::LargeList(_)) => {
            may_miss(element, array.as_list::<i64>().values())
        }
        (DataType::Map(entries, _), DataType::Map(..)) => {
            may_miss(entries, array.as_map().entries())
        }
        _ => false,
    }
}

/// `shown` says which rows of the array are there.
fn search(
    field: &Field,
    array: &dyn Array,
    shown: Option<&NullBuffer>,
    path: &str,
) -> Option<Missing> {
    let nulls = array.logical_nulls();
    if let Some(nulls) = nulls.as_ref().filter(|_| !field.is_nullable()) {
        let is_shown = |row: &usize| shown.is_none_or(|shown| shown.is_valid(*row));
        let row = (0..array.len()).filter(|row| nulls.is_null(*row)).find(is_shown);
        if let Some(row) = row {
            return Some(Missing { row, path: path.to_string() });
        }
    }
    let inside = NullBuffer::union(shown, nulls.as_ref());
    match (field.data_type(), array.data_type()) {
        (DataType::Struct(fields), DataType::Struct(_)) => {
            let columns = array.as_struct().columns().iter();
            fields.iter().zip(columns).find_map(|(field, column)| {
                search(field, column, inside.as_ref(), &format!("{path}.{}", field.name()))
            })
        }
        (DataType::List(element), DataType::List(_)) => {
            let lists = array.as_list::<i32>();
            let offsets: Vec<_> = lists.offsets().iter().map(|end| *end as usize).collect();
            let path = format!("{path}.element");
            search_items(element, lists.values(), &offsets, inside.as_ref(), &path)
        }
        (DataType::LargeList(element), DataType::LargeList(_)) => {
            let lists = array.as_list::<i64>();
            let offsets: Vec<_> = lists.offsets().iter().map(|end| *end as usize).collect();
            let path = format!("{path}.element");
            search_items(element, lists.values(), &offsets, inside.as_ref(), &path)
        }
        (DataType::Map(entries, _), DataType::Map(..)) => {
            let maps = array.as_map();
            let DataType::Struct(parts) = entries.data_type() else { return None };
            let offsets: Vec<_> = maps.offsets().iter().map(|end| *end as usize).collect();
            let columns = [("key", maps.keys()), ("value", maps.values())];
            parts.iter().zip(columns).find_map(|(part, (name, column))| {
                let path = format!("{path}.{name}");
                search_items(part, column, &offsets, inside.as_ref(), &path)
            })
        }
        _ => None,
    }
}

/// As `search`, of the items of lists between `offsets`.
fn search_items(
    field: &Field,
    items: &dyn Array,
    offsets: &[usize],
    lists: Option<&NullBuffer>,
    path: &str,
) -> Option<Missing> {
    let mut shown = BooleanBufferBuilder::new(items.len());
    shown.append_n(offsets.first().copied().unwrap_or(0), false);
    for (list, ends) in offsets.windows(2).enumerate() {
        shown.append_n(ends[1] - ends[0], lists.is_none_or(|lists| lists.is_valid(list)));
    }
    shown.append_n(items.len() - shown.len(), false);
    let shown = NullBuffer::new(shown.finish());
    let found = search(field, items, Some(&shown), path)?;
    // The list that holds the item.
    let row = offsets.partition_point(|offset| *offset <= found.row).saturating_sub(1);
    Some(Missing { row, path: found.path })
}
