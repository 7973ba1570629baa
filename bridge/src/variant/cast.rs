//! Variants as values of SQL types, cast as Spark casts them.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_empty_array, ArrayRef, AsArray, ListArray, StringViewBuilder, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::CastOptions;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::arrow::util::display::FormatOptions;
use datafusion::scalar::ScalarValue;
use parquet_variant::Variant;
use parquet_variant_compute::VariantArrayBuilder;
use parquet_variant_json::VariantToJson;

use super::field::is_variant;
use super::unshredding::to_storage;
use crate::border::error::{code, Error, Result};

const STRICT: CastOptions = CastOptions { safe: false, format_options: FormatOptions::new() };

/// How much of a value an error shows.
const SHOWN: usize = 100;

type Row<'v> = Option<Variant<'v, 'v>>;

/// The rows as a column. What cannot be cast is null where `safe`, and an error elsewhere.
pub fn cast_variants(rows: &[Row<'_>], wanted: &Field, safe: bool) -> Result<ArrayRef> {
    if is_variant(wanted) {
        return copy(rows, wanted);
    }
    match wanted.data_type() {
        DataType::List(item) => cast_lists(rows, item, wanted, safe),
        DataType::Struct(fields) => {
            let valid = validity(rows, wanted, safe, |row| row.as_object().is_some())?;
            let columns = fields.iter().map(|field| {
                let children: Vec<Row<'_>> = rows
                    .iter()
                    .map(|row| row.as_ref().and_then(|row| row.get_object_field(field.name())))
                    .collect();
                cast_variants(&children, field, safe)
            });
            let columns = columns.collect::<Result<Vec<_>>>()?;
            let length = rows.len();
            let nulls = Some(valid);
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, length)?))
        }
        DataType::Utf8View => {
            let mut texts = StringViewBuilder::new();
            for row in rows {
                match row {
                    None | Some(Variant::Null) => texts.append_null(),
                    Some(row) => texts.append_value(text(row)?),
                }
            }
            Ok(Arc::new(texts.finish()))
        }
        data_type => {
            let mut values = Vec::with_capacity(rows.len());
            for row in rows {
                let value = match row {
                    None | Some(Variant::Null) => None,
                    Some(row) => match scalar(row, data_type) {
                        None if !safe => return Err(impossible(row, wanted)),
                        value => value,
                    },
                };
                values.push(match value {
                    Some(value) => value,
                    None => ScalarValue::try_from(data_type)?,
                });
            }
            match values.is_empty() {
                true => Ok(new_empty_array(data_type)),
                false => Ok(ScalarValue::iter_to_array(values)?),
            }
        }
    }
}

/// A variant's JSON.
pub fn json(variant: &Variant<'_, '_>) -> Result<String> {
    Ok(variant.to_json_string()?)
}

/// As a string: the text itself where it is one.
fn text(variant: &Variant<'_, '_>) -> Result<String> {
    match variant {
        Variant::String(text) => Ok((*text).to_string()),
        Variant::ShortString(text) => Ok(text.as_str().to_string()),
        Variant::Object(_) | Variant::List(_) => json(variant),
        // Times, identifiers and bytes stand in quotes there.
        other => Ok(json(other)?.trim_matches('"').to_string()),
    }
}

fn impossible(variant: &Variant<'_, '_>, wanted: &Field) -> Error {
    let shown: String = json(variant).unwrap_or_default().chars().take(SHOWN).collect();
    let message = format!("A variant cannot be cast to {}: {shown}", wanted.data_type());
    Error::new(code::EXECUTION, message)
}

/// Which rows are of the kind that `fits` tells; nulls are none.
fn validity(
    rows: &[Row<'_>],
    wanted: &Field,
    safe: bool,
    fits: impl Fn(&Variant<'_, '_>) -> bool,
) -> Result<NullBuffer> {
    let mut valid = Vec::with_capacity(rows.len());
    for row in rows {
        valid.push(match row {
            None | Some(Variant::Null) => false,
            Some(row) if fits(row) => true,
            Some(row) if !safe => return Err(impossible(row, wanted)),
            Some(_) => false,
        });
    }
    Ok(valid.into())
}

fn cast_lists(rows: &[Row<'_>], item: &Arc<Field>, wanted: &Field, safe: bool) -> Result<ArrayRef> {
    let valid = validity(rows, wanted, safe, |row| row.as_list().is_some())?;
    let mut elements: Vec<Row<'_>> = Vec::new();
    let mut lengths = Vec::with_capacity(rows.len());
    for row in rows {
        let before = elements.len();
        if let Some(list) = row.as_ref().and_then(|row| row.as_list()) {
            elements.extend((0..list.len()).map(|index| list.get(index)));
        }
        lengths.push(elements.len() - before);
    }
    let values = cast_variants(&elements, item, safe)?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(item.clone(), offsets, values, Some(valid))?))
}

fn copy(rows: &[Row<'_>], wanted: &Field) -> Result<ArrayRef> {
    let mut builder = VariantArrayBuilder::new(rows.len());
    for row in rows {
        match row {
            Some(row) => builder.append_variant(row.clone()),
            None => builder.append_null(),
        }
    }
    let built = builder.build();
    let (metadata, value) = (built.metadata_column(), built.value_column());
    to_storage(metadata.as_binary_view(), value.as_binary_view(), built.nulls(), wanted.data_type())
}

/// A value of the type; nothing for one that has none in it.
fn scalar(variant: &Variant<'_, '_>, wanted: &DataType) -> Option<ScalarValue> {
    let is_time = matches!(wanted, DataType::Date32 | DataType::Timestamp(..));
    let is_bytes = matches!(wanted, DataType::BinaryView);
    let value = match variant {
        Variant::BooleanTrue | Variant::BooleanFalse if !is_time && !is_bytes => {
            ScalarValue::Boolean(variant.as_boolean())
        }
        Variant::Int8(_) | Variant::Int16(_) | Variant::Int32(_) | Variant::Int64(_)
            if !is_time && !is_bytes =>
        {
            let value = variant.as_int64()?;
            match wanted {
                DataType::Int64 => return Some(value.into()),
                DataType::Int32 => return Some(i32::try_from(value).ok()?.into()),
                DataType::Int16 => return Some(i16::try_from(value).ok()?.into()),
                DataType::Int8 => return Some(i8::try_from(value).ok()?.into()),
                _ => value.into(),
            }
        }
        Variant::Float(value) if !is_time && !is_bytes => (*value).into(),
        Variant::Double(value) if !is_time && !is_bytes => (*value).into(),
        Variant::Decimal4(value) if !is_time && !is_bytes => {
            decimal(value.integer().into(), value.scale())?
        }
        Variant::Decimal8(value) if !is_time && !is_bytes => {
            decimal(value.integer().into(), value.scale())?
        }
        Variant::Decimal16(value) if !is_time && !is_bytes => {
            decimal(value.integer(), value.scale())?
        }
        Variant::Date(date) if is_time => {
            let epoch = chrono::NaiveDate::default();
            ScalarValue::Date32(i32::try_from((*date - epoch).num_days()).ok())
        }
        Variant::TimestampMicros(time) | Variant::TimestampNanos(time) if is_time => {
            ScalarValue::TimestampMicrosecond(Some(time.timestamp_micros()), Some("UTC".into()))
        }
        Variant::TimestampNtzMicros(time) | Variant::TimestampNtzNanos(time) if is_time => {
            ScalarValue::TimestampMicrosecond(Some(time.and_utc().timestamp_micros()), None)
        }
        Variant::Binary(bytes) if is_bytes => ScalarValue::BinaryView(Some(bytes.to_vec())),
        Variant::String(text) => ScalarValue::from(*text),
        Variant::ShortString(text) => ScalarValue::from(text.as_str()),
        _ => return None,
    };
    value.cast_to_with_options(wanted, &STRICT).ok().filter(|value| !value.is_null())
}

fn decimal(value: i128, scale: u8) -> Option<ScalarValue> {
    Some(ScalarValue::Decimal128(Some(value), 38, i8::try_from(scale).ok()?))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Array;
    use datafusion::arrow::util::display::array_value_to_string;
    use parquet_variant_json::JsonToVariant;

    use super::super::encoding::Decoder;
    use super::super::wanted_type::parse_type;
    use super::*;

    /// What a JSON text is when cast, as text; the error for what cannot be.
    fn cast_json(text: &str, wanted: &str) -> String {
        let mut builder = VariantArrayBuilder::new(1);
        if let Err(error) = builder.append_json(text) {
            return error.to_string();
        }
        let array = builder.build();
        let (metadata, value) = (array.metadata_column(), array.value_column());
        let (metadata, value) = (metadata.as_binary_view(), value.as_binary_view());
        let row = Decoder::default().decode(metadata.value(0), value.value(0));
        let cast =
            row.and_then(|row| cast_variants(&[Some(row)], &parse_type(wanted, "x")?, false));
        match cast {
            Ok(array) if array.is_null(0) => "NULL".to_string(),
            Ok(array) => array_value_to_string(&array, 0).unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn values_are_cast_as_in_spark() {
        for (json, wanted, expected) in [
            ("1", "int", "1"),
            ("1", "string", "1"),
            ("\"1\"", "int", "1"),
            ("1.5", "int", "1"),
            ("1.5", "decimal(10,2)", "1.50"),
            ("true", "boolean", "true"),
            ("true", "int", "1"),
            ("null", "int", "NULL"),
            ("\"x\"", "string", "x"),
            ("{\"b\":1,\"a\":[1,\"x\"]}", "string", "{\"a\":[1,\"x\"],\"b\":1}"),
            ("[1,2,null]", "array<int>", "[1, 2, ]"),
            ("{\"a\":1,\"b\":\"x\"}", "struct<b:string,c:int>", "{b: x, c: }"),
            ("\"2024-05-01\"", "date", "2024-05-01"),
        ] {
            assert_eq!(cast_json(json, wanted), expected, "{json} as {wanted}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        for (json, wanted) in [
            ("300", "tinyint"),
            ("\"x\"", "int"),
            ("{}", "int"),
            ("1", "array<int>"),
            ("[1]", "struct<a:int>"),
            ("1", "timestamp"),
            ("123456789.5", "decimal(5,2)"),
            ("1e300", "int"),
        ] {
            let error = cast_json(json, wanted);
            assert!(error.contains("cannot be cast"), "{json} as {wanted}: {error}");
        }
    }
}
