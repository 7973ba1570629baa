//! The columns of a file: those of rows under the names that the file has for them.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::border::error::{code, Error, Result};

/// A column of a file without children, in the order of the file.
pub struct Leaf {
    /// The names of fields that lead to it in the rows, from the column on; those that Parquet puts between
    /// them for lists and maps are not among them, but "element", "key" and "value" are.
    pub path: Vec<String>,
    /// The same in the file, with all names.
    pub stored_path: Vec<String>,
    pub data_type: DataType,
}

/// The schema of files without the columns at `left_out` of `rows`. `stored` names what is left.
pub fn stored_schema(
    rows: &Schema,
    left_out: &[usize],
    stored: Option<&Schema>,
) -> Result<SchemaRef> {
    let columns = rows.fields().iter().enumerate();
    let columns: Vec<_> =
        columns.filter(|(index, _)| !left_out.contains(index)).map(|(_, field)| field).collect();
    if stored.is_some_and(|stored| stored.fields().len() != columns.len()) {
        return Err(unlike("the number of columns"));
    }
    let fields = columns
        .into_iter()
        .enumerate()
        .map(|(index, field)| stored_field(field, stored.map(|stored| stored.field(index))))
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

fn unlike(what: &str) -> Error {
    let message = format!("The schema of files does not fit that of rows: {what}");
    Error::new(code::INVALID_ARGUMENT, message)
}

/// A field of a file: nothing of the metadata but the id is left.
fn stored_field(field: &Field, stored: Option<&Field>) -> Result<Field> {
    let name = stored.unwrap_or(field).name().clone();
    named_field(field, stored, name)
}

fn named_field(field: &Field, stored: Option<&Field>, name: String) -> Result<Field> {
    let source = stored.unwrap_or(field).metadata();
    let id = source.get(PARQUET_FIELD_ID_META_KEY).cloned();
    let metadata: HashMap<_, _> =
        id.map(|id| (PARQUET_FIELD_ID_META_KEY.to_string(), id)).into_iter().collect();
    let stored = stored.map(Field::data_type);
    let kind = stored_type(field, stored)?;
    Ok(Field::new(name, kind, field.is_nullable()).with_metadata(metadata))
}

/// The names of what lists and maps hold are those of the Parquet specification.
fn stored_type(field: &Field, stored: Option<&DataType>) -> Result<DataType> {
    let differs = || unlike(field.name());
    let inside = |field: &FieldRef, stored: Option<&FieldRef>, name: &str| {
        Ok::<_, Error>(Arc::new(named_field(field, stored.map(AsRef::as_ref), name.to_string())?))
    };
    Ok(match field.data_type() {
        DataType::Struct(fields) => {
            let stored = match stored {
                Some(DataType::Struct(stored)) if stored.len() == fields.len() => Some(stored),
                Some(_) => return Err(differs()),
                None => None,
            };
            let fields = fields.iter().enumerate().map(|(index, field)| {
                stored_field(field, stored.map(|stored| stored[index].as_ref()))
            });
            DataType::Struct(fields.collect::<Result<_>>()?)
        }
        DataType::List(element) => match stored {
            Some(DataType::List(stored)) => {
                DataType::List(inside(element, Some(stored), "element")?)
            }
            Some(_) => return Err(differs()),
            None => DataType::List(inside(element, None, "element")?),
        },
        DataType::LargeList(element) => match stored {
            Some(DataType::LargeList(stored)) => {
                DataType::LargeList(inside(element, Some(stored), "element")?)
            }
            Some(_) => return Err(differs()),
            None => DataType::LargeList(inside(element, None, "element")?),
        },
        DataType::Map(entries, sorted) => {
            let DataType::Struct(parts) = entries.data_type() else { return Err(differs()) };
            let stored = match stored {
                Some(DataType::Map(stored, _)) => match stored.data_type() {
                    DataType::Struct(stored) => Some(stored),
                    _ => return Err(differs()),
                },
                Some(_) => return Err(differs()),
                None => None,
            };
            let parts =
                parts.iter().zip(["key", "value"]).enumerate().map(|(index, (part, name))| {
                    inside(part, stored.map(|stored| &stored[index]), name)
                });
            let parts = DataType::Struct(parts.collect::<Result<_>>()?);
            DataType::Map(Arc::new(Field::new("key_value", parts, false)), *sorted)
        }
        other => other.clone(),
    })
}

/// How many leaves a column of the type has.
pub fn num_leaves(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| num_leaves(field.data_type())).sum(),
        DataType::List(inside) | DataType::LargeList(inside) | DataType::Map(inside, _) => {
            num_leaves(inside.data_type())
        }
        _ => 1,
    }
}

/// The leaves of a schema that `stored_schema` made of the columns of `rows` that are left in it.
pub fn leaves(rows: &[FieldRef], stored: &Schema) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for (field, stored) in rows.iter().zip(stored.fields()) {
        let (path, stored_path) = (vec![field.name().clone()], vec![stored.name().clone()]);
        add_leaves(field.data_type(), stored.data_type(), path, stored_path, &mut leaves);
    }
    leaves
}

fn longer(path: &[String], names: &[&str]) -> Vec<String> {
    path.iter().map(String::as_str).chain(names.iter().copied()).map(str::to_string).collect()
}

fn add_leaves(
    rows: &DataType,
    stored: &DataType,
    path: Vec<String>,
    stored_path: Vec<String>,
    leaves: &mut Vec<Leaf>,
) {
    match (rows, stored) {
        (DataType::Struct(rows), DataType::Struct(stored)) => {
            for (row, stored) in rows.iter().zip(stored) {
                let path = longer(&path, &[row.name()]);
                let stored_path = longer(&stored_path, &[stored.name()]);
                add_leaves(row.data_type(), stored.data_type(), path, stored_path, leaves);
            }
        }
        (DataType::List(row), DataType::List(stored))
        | (DataType::LargeList(row), DataType::LargeList(stored)) => {
            let path = longer(&path, &["element"]);
            let stored_path = longer(&stored_path, &["list", stored.name()]);
            add_leaves(row.data_type(), stored.data_type(), path, stored_path, leaves);
        }
        (DataType::Map(row, _), DataType::Map(stored, _)) => {
            let (DataType::Struct(rows), DataType::Struct(parts)) =
                (row.data_type(), stored.data_type())
            else {
                return;
            };
            for (row, part) in rows.iter().zip(parts) {
                let path = longer(&path, &[part.name()]);
                let stored_path = longer(&stored_path, &[stored.name(), part.name()]);
                add_leaves(row.data_type(), part.data_type(), path, stored_path, leaves);
            }
        }
        (data_type, _) => leaves.push(Leaf { path, stored_path, data_type: data_type.clone() }),
    }
}
