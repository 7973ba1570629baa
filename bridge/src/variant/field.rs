//! The canonical extension type of Arrow for variants, `arrow.parquet.variant`.

use datafusion::arrow::datatypes::{DataType, Field, Fields};
use parquet_variant_compute::VariantType;

/// Whether a column holds variants.
pub fn is_variant(field: &Field) -> bool {
    field.has_valid_extension_type::<VariantType>()
}

/// Whether there are variants in a column, at any depth.
pub fn contains_variant(field: &Field) -> bool {
    is_variant(field)
        || match field.data_type() {
            DataType::Struct(fields) => fields.iter().any(|field| contains_variant(field)),
            DataType::List(item) | DataType::Map(item, _) => contains_variant(item),
            _ => false,
        }
}

/// What values of a variant are stored as.
pub fn storage() -> DataType {
    DataType::Struct(Fields::from(vec![
        Field::new("metadata", DataType::BinaryView, false),
        Field::new("value", DataType::BinaryView, false),
    ]))
}

/// A column of variants.
pub fn variant_field(name: &str) -> Field {
    Field::new(name, storage(), true).with_extension_type(VariantType)
}

fn is_binary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// Whether a column can be taken for one of variants without shredding: the extension type is lost
/// in some expressions.
pub fn is_storage(data_type: &DataType) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    let has = |name| fields.find(name).is_some_and(|(_, field)| is_binary(field.data_type()));
    fields.len() == 2 && has("metadata") && has("value")
}

/// Whether a file's column can stand for one of variants, shredded or not.
pub fn is_readable_variant(data_type: &DataType) -> bool {
    let DataType::Struct(fields) = data_type else { return false };
    let binary = |name| fields.find(name).map(|(_, field)| is_binary(field.data_type()));
    binary("metadata") == Some(true)
        && match binary("value") {
            Some(is_binary) => is_binary,
            None => fields.find("typed_value").is_some(),
        }
}
