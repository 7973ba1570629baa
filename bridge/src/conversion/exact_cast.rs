//! Arrays in the types of columns, at every depth: a value is the same afterwards, or it is refused.

use std::sync::Arc;

use datafusion::arrow::array::{
    make_array, new_null_array, Array, ArrayRef, AsArray, GenericListArray, MapArray,
    OffsetSizeTrait, StructArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Fields};

use crate::border::error::{code, Error, Result};
use crate::columnar::retyped_array::without_unused;
use crate::conversion::exact_values::{proven, relabelled, unfit_type};
use crate::conversion::parsed_text::parsed;

/// What becomes of a text where another value is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Texts {
    Refused,
    /// It is read as a literal is.
    Parsed,
}

/// The array in the type `wanted`, in which all that is nested may be null. `path` is how errors call it.
/// An empty array tells whether the types fit.
pub fn exact_cast(
    array: &ArrayRef,
    wanted: &DataType,
    path: &str,
    texts: Texts,
) -> Result<ArrayRef> {
    use DataType as D;
    match (array.data_type(), wanted) {
        (found, wanted) if found == wanted => Ok(Arc::clone(array)),
        (D::Null, _) => Ok(new_null_array(wanted, array.len())),
        (D::Dictionary(_, values), _) => {
            exact_cast(&cast(array, values.as_ref())?, wanted, path, texts)
        }
        (D::RunEndEncoded(_, values), _) => {
            exact_cast(&cast(array, values.data_type())?, wanted, path, texts)
        }
        (D::Struct(_), D::Struct(fields)) => {
            Ok(Arc::new(cast_struct(array.as_struct(), fields, path, texts)?))
        }
        (found, D::List(element)) => match item_of(found) {
            Some(item) => {
                let lists = cast(array, &D::List(Arc::clone(item)))?;
                cast_list::<i32>(&lists, element, path, texts)
            }
            None => Err(unfit_type(path, found, wanted)),
        },
        (found, D::LargeList(element)) => match item_of(found) {
            Some(item) => {
                let lists = cast(array, &D::LargeList(Arc::clone(item)))?;
                cast_list::<i64>(&lists, element, path, texts)
            }
            None => Err(unfit_type(path, found, wanted)),
        },
        (D::Map(..), D::Map(entries, sorted)) => cast_map(array, entries, *sorted, path, texts),
        (found, _) if found.is_nested() || wanted.is_nested() => {
            Err(unfit_type(path, found, wanted))
        }
        _ => cast_value(array, wanted, path, texts),
    }
}

/// The element of lists of any kind.
fn item_of(lists: &DataType) -> Option<&FieldRef> {
    match lists {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

fn cast_value(array: &ArrayRef, wanted: &DataType, path: &str, texts: Texts) -> Result<ArrayRef> {
    use DataType as D;
    let is_number = |kind: &DataType| kind.is_numeric();
    let is_date = |kind: &DataType| matches!(kind, D::Date32 | D::Date64);
    match (array.data_type(), wanted) {
        (found, wanted) if found.is_string() && wanted.is_string() => Ok(cast(array, wanted)?),
        (found, wanted) if found.is_binary() && wanted.is_binary() => Ok(cast(array, wanted)?),
        (D::FixedSizeBinary(_), wanted) if wanted.is_binary() => Ok(cast(array, wanted)?),
        (found, wanted) if is_number(found) && is_number(wanted) => proven(array, wanted, path),
        (found, wanted) if is_date(found) && is_date(wanted) => proven(array, wanted, path),
        // Midnight; where there is a zone, in UTC.
        (found, D::Timestamp(unit, zone)) if is_date(found) => {
            let times = proven(array, &D::Timestamp(*unit, None), path)?;
            relabelled(&times, D::Timestamp(*unit, zone.clone()))
        }
        (D::Timestamp(unit, found_zone), D::Timestamp(_, zone)) => {
            // A time without a zone is one of UTC; a zone is lost by texts of SQL alone, as `now()` is.
            if found_zone.is_some() && zone.is_none() && texts == Texts::Refused {
                return Err(unfit_type(path, array.data_type(), wanted));
            }
            let times = relabelled(array, D::Timestamp(*unit, zone.clone()))?;
            proven(&times, wanted, path)
        }
        (found, _) if found.is_string() && texts == Texts::Parsed => parsed(array, wanted, path),
        (found, _) => Err(unfit_type(path, found, wanted)),
    }
}

/// The field of that name: exactly, or else the only one when letters count as one in both cases.
fn find_field(fields: &Fields, name: &str) -> Option<usize> {
    if let Some(index) = fields.iter().position(|field| field.name() == name) {
        return Some(index);
    }
    let lower = name.to_lowercase();
    let mut alike =
        fields.iter().enumerate().filter(|(_, field)| field.name().to_lowercase() == lower);
    match (alike.next(), alike.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

fn cast_struct(
    array: &StructArray,
    wanted: &Fields,
    path: &str,
    texts: Texts,
) -> Result<StructArray> {
    let mut used = vec![false; array.num_columns()];
    let mut columns = Vec::with_capacity(wanted.len());
    for field in wanted {
        let path = format!("{path}.{}", field.name());
        let found = find_field(array.fields(), field.name()).filter(|index| !used[*index]);
        columns.push(match found {
            Some(index) => {
                used[index] = true;
                let column = masked(array.column(index), array.nulls())?;
                exact_cast(&column, field.data_type(), &path, texts)?
            }
            None => new_null_array(field.data_type(), array.len()),
        });
    }
    if let Some(extra) = used.iter().position(|used| !used) {
        let message =
            format!("Column {path} has no field of the name {}", array.fields()[extra].name());
        return Err(Error::new(code::SCHEMA_MISMATCH, message));
    }
    let (nulls, len) = (array.nulls().cloned(), array.len());
    Ok(StructArray::try_new_with_length(wanted.clone(), columns, nulls, len)?)
}

/// The array with nulls where what is around it is null: what is hidden there is no value.
fn masked(array: &ArrayRef, around: Option<&NullBuffer>) -> Result<ArrayRef> {
    let Some(around) = around.filter(|around| around.null_count() > 0) else {
        return Ok(Arc::clone(array));
    };
    match array.data_type() {
        DataType::Null | DataType::Union(..) | DataType::RunEndEncoded(..) => Ok(Arc::clone(array)),
        _ => {
            let nulls = NullBuffer::union(array.nulls(), Some(around));
            Ok(make_array(array.to_data().into_builder().nulls(nulls).build()?))
        }
    }
}

fn cast_list<O: OffsetSizeTrait>(
    array: &ArrayRef,
    element: &FieldRef,
    path: &str,
    texts: Texts,
) -> Result<ArrayRef> {
    let lists =
        shown_lists(array, array.as_list::<O>().offsets().iter().map(|end| end.as_usize()))?;
    let lists = lists.as_list::<O>();
    let path = format!("{path}.element");
    let values = exact_cast(lists.values(), element.data_type(), &path, texts)?;
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    Ok(Arc::new(GenericListArray::<O>::try_new(Arc::clone(element), offsets, values, nulls)?))
}

fn cast_map(
    array: &ArrayRef,
    entries: &FieldRef,
    sorted: bool,
    path: &str,
    texts: Texts,
) -> Result<ArrayRef> {
    let DataType::Struct(parts) = entries.data_type() else {
        return Err(Error::new(code::INTERNAL, "A map has no entries."));
    };
    let maps = shown_lists(array, array.as_map().offsets().iter().map(|end| *end as usize))?;
    let maps = maps.as_map();
    let columns = [("key", maps.keys()), ("value", maps.values())];
    let columns = columns
        .into_iter()
        .zip(parts)
        .map(|((name, column), part)| {
            exact_cast(column, part.data_type(), &format!("{path}.{name}"), texts)
        })
        .collect::<Result<Vec<_>>>()?;
    let content = StructArray::try_new(parts.clone(), columns, None)?;
    let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
    let entries = Arc::clone(entries);
    Ok(Arc::new(MapArray::try_new(entries, offsets, content, nulls, sorted)?))
}

/// The same lists, over no values that none of them shows.
fn shown_lists(lists: &ArrayRef, offsets: impl Iterator<Item = usize>) -> Result<ArrayRef> {
    let offsets: Vec<_> = offsets.collect();
    let all = match lists.data_type() {
        DataType::Map(..) => lists.as_map().entries().len(),
        DataType::LargeList(_) => lists.as_list::<i64>().values().len(),
        _ => lists.as_list::<i32>().values().len(),
    };
    let ends = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    let is_hidden = |(row, ends): (usize, &[usize])| lists.is_null(row) && ends[0] != ends[1];
    match ends == (0, all) && !offsets.windows(2).enumerate().any(is_hidden) {
        true => Ok(Arc::clone(lists)),
        false => without_unused(lists),
    }
}
