//! The columns of Parquet files under the names of a table's.
//!
//! Where a table's columns have other names in its files, the names are exchanged in the footer, as
//! it is read. Everything after it (projections, row filters, statistics of row groups and pages,
//! bloom filters) then finds columns by the table's names, at no cost while rows are read.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::file::metadata::{FileMetaData, ParquetMetaData, ParquetMetaDataBuilder};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::border::error::{code, Error, Result};
use crate::columnar::field_index::FieldIndex;
use crate::variant::is_variant;

/// A table's columns, and the same columns as files name them: see `FileScan::stored_schema` in
/// datafusion/table_provider.h.
#[derive(Debug, Hash)]
pub struct ColumnNames {
    table: SchemaRef,
    stored: SchemaRef,
}

impl ColumnNames {
    pub fn new(table: SchemaRef, stored: SchemaRef) -> Result<Self> {
        if table.fields().len() != stored.fields().len() {
            return Err(Error::new(code::INTERNAL, "Stored columns and columns differ."));
        }
        Ok(Self { table, stored })
    }

    /// The footer, with the table's names in place of the file's.
    pub fn rename(&self, metadata: ParquetMetaData) -> Result<ParquetMetaData> {
        let file = metadata.file_metadata();
        let root = file.schema();
        let children = root.get_fields();
        let by_id = self.stored.fields().iter().any(|field| id_of(field).is_some());
        if by_id && !children.is_empty() && !children.iter().any(|child| has_id(child)) {
            let message =
                "The file's columns have no field ids, by which those of the table are found.";
            return Err(Error::new(code::CORRUPT_DATA, message));
        }
        let children = rename_children(children, self.table.fields(), self.stored.fields())?;
        with_columns(metadata, children)
    }
}

/// The footer with other columns in the places of its own.
pub fn with_columns(metadata: ParquetMetaData, columns: Vec<TypePtr>) -> Result<ParquetMetaData> {
    let file = metadata.file_metadata();
    let root = Type::group_type_builder(file.schema().name()).with_fields(columns).build()?;
    let file = FileMetaData::new(
        file.version(),
        file.num_rows(),
        file.created_by().map(str::to_string),
        file.key_value_metadata().cloned(),
        Arc::new(SchemaDescriptor::new(Arc::new(root))),
        file.column_orders().cloned(),
    );
    let mut rest = ParquetMetaDataBuilder::new_from_metadata(metadata);
    Ok(ParquetMetaDataBuilder::new(file)
        .set_row_groups(rest.take_row_groups())
        .set_column_index(rest.take_column_index())
        .set_offset_index(rest.take_offset_index())
        .build())
}

/// The footer in which the columns that are texts in the table are texts, where a writer left them bytes.
/// DataFusion reads them as texts without more ado, and what is no text would go unnoticed: the decoder looks
/// at the values of columns only that are said to be UTF-8.
pub fn annotate_texts(metadata: ParquetMetaData, table: &Schema) -> Result<ParquetMetaData> {
    let columns = metadata.file_metadata().schema().get_fields();
    if !columns.iter().any(|column| is_bytes(column)) {
        return Ok(metadata);
    }
    let wanted = FieldIndex::new(table.fields().clone());
    let is_unsaid = |column: &TypePtr| {
        let is_text = |(_, field): (usize, &FieldRef)| field.data_type().is_string();
        is_bytes(column) && wanted.find(column.name()).is_some_and(is_text)
    };
    if !columns.iter().any(is_unsaid) {
        return Ok(metadata);
    }
    let annotated = columns.iter().map(|column| {
        if !is_unsaid(column) {
            return Ok(Arc::clone(column));
        }
        let info = column.get_basic_info();
        let text = Type::primitive_type_builder(column.name(), PhysicalType::BYTE_ARRAY)
            .with_repetition(info.repetition())
            .with_logical_type(Some(LogicalType::String))
            .with_id(info.has_id().then(|| info.id()));
        Ok(Arc::new(text.build()?))
    });
    let annotated = annotated.collect::<Result<Vec<_>>>()?;
    with_columns(metadata, annotated)
}

/// Whether a column has bytes of which nothing is said but, maybe, that they are texts of some form.
fn is_bytes(column: &Type) -> bool {
    let info = column.get_basic_info();
    let is_plain = match info.logical_type_ref() {
        None => matches!(
            info.converted_type(),
            ConvertedType::NONE | ConvertedType::ENUM | ConvertedType::JSON | ConvertedType::BSON
        ),
        Some(logical) => {
            matches!(logical, LogicalType::Enum | LogicalType::Json | LogicalType::Bson)
        }
    };
    is_plain
        && column.is_primitive()
        && column.get_physical_type() == PhysicalType::BYTE_ARRAY
        && info.repetition() != Repetition::REPEATED
}

fn id_of(field: &Field) -> Option<i32> {
    field.metadata().get(PARQUET_FIELD_ID_META_KEY)?.parse().ok()
}

fn has_id(of: &Type) -> bool {
    let nested = of.is_group() && of.get_fields().iter().any(|child| has_id(child));
    nested || of.get_basic_info().has_id()
}

/// Where something that must be there once stands.
#[derive(Clone, Copy)]
enum Place {
    Once(usize),
    Twice,
}

impl Place {
    fn add<K: std::hash::Hash + Eq>(places: &mut HashMap<K, Self>, key: K, index: usize) {
        places.entry(key).and_modify(|place| *place = Self::Twice).or_insert(Self::Once(index));
    }

    fn index(self, field: &Field) -> Result<usize> {
        match self {
            Self::Once(index) => Ok(index),
            Self::Twice => {
                let name = field.name();
                let message = format!("The file has several columns that may be {name}.");
                Err(Error::new(code::CORRUPT_DATA, message))
            }
        }
    }
}

/// Renames the columns of a file, or the fields of a struct. Those that the table lacks get names
/// that it cannot have.
fn rename_children(
    children: &[TypePtr],
    table: &[FieldRef],
    stored: &[FieldRef],
) -> Result<Vec<TypePtr>> {
    let mut names = HashMap::with_capacity(children.len());
    let mut ids = HashMap::new();
    for (index, child) in children.iter().enumerate() {
        Place::add(&mut names, child.name(), index);
        if child.get_basic_info().has_id() {
            Place::add(&mut ids, child.get_basic_info().id(), index);
        }
    }
    let mut wanted = vec![None; children.len()];
    for (table, stored) in table.iter().zip(stored) {
        if stored.data_type() == &DataType::Null {
            continue;
        }
        let place = match id_of(stored) {
            Some(id) => ids.get(&id),
            None => names.get(stored.name().as_str()),
        };
        let Some(place) = place else { continue };
        let index = place.index(table)?;
        if let Some(slot) = wanted.get_mut(index) {
            if slot.replace((table, stored)).is_some() {
                return Err(Error::new(
                    code::CORRUPT_DATA,
                    format!("A column of the file is several of the table: {}", stored.name()),
                ));
            }
        }
    }
    let renamed = children.iter().zip(wanted).map(|(child, wanted)| match wanted {
        Some((table, stored)) => rename(child, table.name(), table, stored),
        None => rebuild(child, &format!("\0{}", child.name()), None),
    });
    renamed.collect()
}

/// Renames a column and what is in it. Where the shapes differ, its types are to be refused later.
fn rename(of: &TypePtr, name: &str, table: &Field, stored: &Field) -> Result<TypePtr> {
    // What is in a variant is the format's, not the table's.
    if of.is_primitive() || is_variant(table) {
        return rebuild(of, name, None);
    }
    let children = match (table.data_type(), stored.data_type()) {
        _ if of.get_basic_info().repetition() == Repetition::REPEATED => None,
        (DataType::Struct(table), DataType::Struct(stored)) if !is_list(of) && !is_map(of) => {
            Some(rename_children(of.get_fields(), table, stored)?)
        }
        (DataType::List(table), DataType::List(stored)) if is_list(of) => {
            rename_element(of, name, table, stored)?
        }
        (DataType::Map(table, _), DataType::Map(stored, _)) if is_map(of) => {
            rename_entries(of, table.data_type(), stored.data_type())?
        }
        _ => None,
    };
    rebuild(of, name, children)
}

fn is_list(of: &Type) -> bool {
    let info = of.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::List)
        || info.converted_type() == ConvertedType::LIST
}

fn is_map(of: &Type) -> bool {
    let info = of.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::Map)
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
}

/// The child of a list that is to be called `name`. It is the element itself or holds it, by the rules
/// of the Parquet specification for old files ("Backward-compatibility rules" of lists).
fn rename_element(
    list: &TypePtr,
    name: &str,
    table: &Field,
    stored: &Field,
) -> Result<Option<Vec<TypePtr>>> {
    let [repeated] = list.get_fields() else { return Ok(None) };
    if repeated.is_primitive() {
        return Ok(None);
    }
    let fields_of = |field: &Field| match field.data_type() {
        DataType::Struct(fields) if !is_variant(table) => Some(fields.clone()),
        _ => None,
    };
    let fields = fields_of(table).zip(fields_of(stored));
    let is_tuple = repeated.name() == format!("{}_tuple", list.name());
    let new_name = match is_tuple {
        true => format!("{name}_tuple"),
        false => repeated.name().to_string(),
    };
    let children = match repeated.get_fields() {
        [element] => {
            let holds_repeated = element.get_basic_info().repetition() == Repetition::REPEATED;
            let is_element =
                !is_list(repeated) && !holds_repeated && (is_tuple || repeated.name() == "array");
            match (is_element, &fields) {
                (false, _) => Some(vec![rename(element, element.name(), table, stored)?]),
                (true, Some((table, stored))) => {
                    Some(rename_children(repeated.get_fields(), table, stored)?)
                }
                (true, None) => None,
            }
        }
        children => match &fields {
            Some((table, stored)) => Some(rename_children(children, table, stored)?),
            None => None,
        },
    };
    Ok(Some(vec![rebuild(repeated, &new_name, children)?]))
}

fn rename_entries(
    map: &TypePtr,
    table: &DataType,
    stored: &DataType,
) -> Result<Option<Vec<TypePtr>>> {
    let [entries] = map.get_fields() else { return Ok(None) };
    if entries.is_primitive() {
        return Ok(None);
    }
    let (DataType::Struct(table), DataType::Struct(stored)) = (table, stored) else {
        return Ok(None);
    };
    let parts = entries.get_fields().iter().zip(table.iter().zip(stored));
    let renamed: Vec<TypePtr> = parts
        .map(|(part, (table, stored))| rename(part, part.name(), table, stored))
        .collect::<Result<_>>()?;
    if renamed.len() != entries.get_fields().len() {
        return Ok(None);
    }
    Ok(Some(vec![rebuild(entries, entries.name(), Some(renamed))?]))
}

/// The same type with another name, without its field id, and with other children if they are given.
fn rebuild(of: &TypePtr, name: &str, children: Option<Vec<TypePtr>>) -> Result<TypePtr> {
    let info = of.get_basic_info();
    let built = match of.as_ref() {
        Type::PrimitiveType { physical_type, type_length, scale, precision, .. } => {
            Type::primitive_type_builder(name, *physical_type)
                .with_repetition(info.repetition())
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_length(*type_length)
                .with_precision(*precision)
                .with_scale(*scale)
                .build()?
        }
        Type::GroupType { fields, .. } => Type::group_type_builder(name)
            .with_repetition(info.repetition())
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_fields(children.unwrap_or_else(|| fields.clone()))
            .build()?,
    };
    Ok(Arc::new(built))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Fields;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn footer(message: &str) -> ParquetMetaData {
        let schema = parse_message_type(message).unwrap_or_else(|_| unreachable!("{message}"));
        let schema = Arc::new(SchemaDescriptor::new(Arc::new(schema)));
        ParquetMetaData::new(FileMetaData::new(1, 0, None, None, schema, None), Vec::new())
    }

    fn int(name: &str) -> Field {
        Field::new(name, DataType::Int64, true)
    }

    fn nested(name: &str, fields: Vec<Field>) -> Field {
        Field::new(name, DataType::Struct(Fields::from(fields)), true)
    }

    fn list(name: &str, element: Field) -> Field {
        Field::new(name, DataType::List(Arc::new(element)), true)
    }

    fn with_id(field: Field, id: i32) -> Field {
        let id = (PARQUET_FIELD_ID_META_KEY.to_string(), id.to_string());
        field.with_metadata(HashMap::from([id]))
    }

    /// The paths of the leaves under the table's names.
    fn renamed(message: &str, table: Vec<Field>, stored: Vec<Field>) -> Result<Vec<String>> {
        let schema = |fields: Vec<Field>| Arc::new(Schema::new(fields));
        let footer = ColumnNames::new(schema(table), schema(stored))?.rename(footer(message))?;
        let columns = footer.file_metadata().schema_descr().columns();
        Ok(columns.iter().map(|leaf| leaf.path().string()).collect())
    }

    fn assert_renamed(message: &str, table: Vec<Field>, stored: Vec<Field>, wanted: &[&str]) {
        let found = renamed(message, table, stored).map_err(|error| error.message().to_string());
        assert_eq!(found, Ok(wanted.iter().map(|path| (*path).to_string()).collect()), "{message}");
    }

    #[test]
    fn names_are_exchanged_and_others_hidden() {
        assert_renamed(
            "message m { optional int64 b; optional int64 a; optional int64 c; }",
            vec![int("a"), int("b"), int("c")],
            vec![int("b"), int("a"), Field::new("c", DataType::Null, true)],
            &["a", "b", "\0c"],
        );
    }

    #[test]
    fn names_are_exchanged_at_every_depth() {
        let table = |name: &str| {
            let part = nested("part", vec![int("x"), int("y")]);
            let entries = nested("key_value", vec![nested("key", vec![int("x")]), part.clone()]);
            vec![
                nested(name, vec![int("y"), list("l", part)]),
                Field::new("m", DataType::Map(Arc::new(entries), false), true),
            ]
        };
        let stored = || {
            let part = nested("part", vec![int("y"), int("p")]);
            let entries = nested("key_value", vec![nested("key", vec![int("k")]), part.clone()]);
            vec![
                nested("s", vec![int("x"), list("q", part)]),
                Field::new("n", DataType::Map(Arc::new(entries), false), true),
            ]
        };
        assert_renamed(
            "message m {
                optional group n (MAP) { repeated group map {
                    required group key { optional int64 k; }
                    optional group value { optional int64 p; optional int64 y; } } }
                optional group s {
                    optional group q (LIST) { repeated group bag {
                        optional group array_element { optional int64 y; optional int64 z; } } }
                    optional int64 x; } }",
            table("t"),
            stored(),
            &[
                "m.map.key.x",
                "m.map.value.y",
                "m.map.value.x",
                "t.l.bag.array_element.x",
                "t.l.bag.array_element.\0z",
                "t.y",
            ],
        );
    }

    #[test]
    fn lists_of_old_files() {
        let table = || vec![list("l", nested("element", vec![int("x")]))];
        let stored = || vec![list("s", nested("element", vec![int("y")]))];
        for (message, path) in [
            ("repeated group array { optional int64 y; }", "l.array.x"),
            ("repeated group s_tuple { optional int64 y; }", "l.l_tuple.x"),
            ("repeated group any { optional int64 z; optional int64 y; }", "l.any.\0z l.any.x"),
        ] {
            let message = format!("message m {{ optional group s (LIST) {{ {message} }} }}");
            let found = renamed(&message, table(), stored()).unwrap_or_default();
            assert_eq!(found.join(" "), path, "{message}");
        }
        assert_renamed(
            "message m { optional group s (LIST) { repeated int64 y; } }",
            vec![list("l", int("element"))],
            vec![list("s", int("element"))],
            &["l.y"],
        );
    }

    #[test]
    fn ids_find_columns_whatever_their_names() {
        let table = || vec![int("a"), nested("s", vec![int("b")]), int("h")];
        let stored = || {
            let inner = with_id(int("b"), 3);
            vec![with_id(int("a"), 1), with_id(nested("s", vec![inner]), 2), int("hidden")]
        };
        assert_renamed(
            "message m { optional int64 s = 1; optional int64 hidden;
                optional group a = 2 { optional int64 b = 4; optional int64 c = 3; } }",
            table(),
            stored(),
            &["a", "h", "s.\0b", "s.b"],
        );
        for message in [
            "message m { optional int64 a; }",
            "message m { optional int64 a = 1; optional int64 b = 1; }",
        ] {
            let error =
                renamed(message, table(), stored()).map_err(|error| error.code().to_string());
            assert_eq!(error, Err(code::CORRUPT_DATA.to_string()), "{message}");
        }
    }

    #[test]
    fn names_that_are_there_twice_are_refused() {
        let message = "message m { optional int64 a; optional int64 a; optional int64 b; }";
        assert!(renamed(message, vec![int("x")], vec![int("a")]).is_err());
        assert!(renamed(message, vec![int("x")], vec![int("b")]).is_ok());
        let message = "message m { optional int64 a; }";
        assert!(renamed(message, vec![int("x"), int("y")], vec![int("a"), int("a")]).is_err());
    }

    #[test]
    fn other_shapes_are_left_to_the_check_of_types() {
        let inner = || vec![int("x")];
        for table in [nested("t", inner()), list("t", nested("e", inner())), int("t")] {
            let stored = table.clone().with_name("a");
            for column in [
                "optional int64 a;",
                "optional group a { optional int64 x; }",
                "optional group a (LIST) { repeated group list { optional int64 element; } }",
                "repeated group a { optional int64 x; }",
            ] {
                let message = format!("message m {{ {column} }}");
                assert!(renamed(&message, vec![table.clone()], vec![stored.clone()]).is_ok());
            }
        }
    }

    #[test]
    fn bytes_are_texts_where_the_table_says_so() -> Result<()> {
        let message = "message m {
            required binary x; optional binary e (ENUM); required binary d (DECIMAL(5,0));
            required binary raw; repeated binary many; required group s { required binary x; }
        }";
        let text = |name: &str| Field::new(name, DataType::Utf8View, true);
        let mut table: Vec<Field> = ["x", "e", "d", "many"].map(text).to_vec();
        table.push(Field::new("raw", DataType::Binary, true));
        let annotated = annotate_texts(footer(message), &Schema::new(table))?;
        let columns = annotated.file_metadata().schema_descr();
        let texts: Vec<&str> = columns
            .columns()
            .iter()
            .filter(|column| column.converted_type() == ConvertedType::UTF8)
            .map(|column| column.name())
            .collect();
        assert_eq!(texts, ["x", "e"]);
        Ok(())
    }
}
