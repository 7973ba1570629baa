//! Names of types as Spark spells them: `int`, `decimal(10, 2)`, `array<string>`, `struct<a: int>`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit, DECIMAL128_MAX_PRECISION};

use super::field::variant_field;
use crate::border::error::{code, Error, Result};

/// How deep types may be nested.
const DEPTH_LIMIT: usize = 32;

/// The column that a type name stands for, as `name`.
pub fn parse_type(text: &str, name: &str) -> Result<Field> {
    let invalid = || Error::new(code::INVALID_SQL, format!("A variant cannot become: {text}"));
    let mut rest = text;
    let field = parse(&mut rest, name, 0).ok_or_else(invalid)?;
    if rest.trim().is_empty() {
        Ok(field)
    } else {
        Err(invalid())
    }
}

fn take(rest: &mut &str, symbol: char) -> Option<()> {
    *rest = rest.trim_start().strip_prefix(symbol)?;
    Some(())
}

fn word<'a>(rest: &mut &'a str) -> &'a str {
    *rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (word, left) = rest.split_at(end);
    *rest = left;
    word
}

/// `(10, 2)`; `(10)` has no digits after the point.
fn decimal(rest: &mut &str) -> Option<DataType> {
    if take(rest, '(').is_none() {
        return Some(DataType::Decimal128(10, 0));
    }
    let precision: u8 = word(rest).parse().ok()?;
    let scale: i8 = match take(rest, ',') {
        Some(()) => word(rest).parse().ok()?,
        None => 0,
    };
    take(rest, ')')?;
    let fits = (1..=DECIMAL128_MAX_PRECISION).contains(&precision)
        && u8::try_from(scale).is_ok_and(|scale| scale <= precision);
    fits.then_some(DataType::Decimal128(precision, scale))
}

fn parse(rest: &mut &str, name: &str, depth: usize) -> Option<Field> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    let data_type = match word(rest).to_ascii_lowercase().as_str() {
        "variant" => return Some(variant_field(name)),
        "boolean" => DataType::Boolean,
        "tinyint" | "byte" => DataType::Int8,
        "smallint" | "short" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" | "long" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "decimal" | "dec" | "numeric" => decimal(rest)?,
        "string" | "varchar" | "text" => DataType::Utf8View,
        "binary" => DataType::BinaryView,
        "date" => DataType::Date32,
        "timestamp" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "array" => {
            take(rest, '<')?;
            let item = parse(rest, "element", depth + 1)?;
            take(rest, '>')?;
            DataType::List(Arc::new(item))
        }
        "struct" => {
            take(rest, '<')?;
            let mut fields = Vec::new();
            loop {
                let name = word(rest);
                // Spark takes `a int` as well as `a: int`.
                let _ = take(rest, ':');
                fields.push(parse(rest, Some(name).filter(|name| !name.is_empty())?, depth + 1)?);
                if take(rest, ',').is_none() {
                    break;
                }
            }
            take(rest, '>')?;
            DataType::Struct(Fields::from(fields))
        }
        _ => return None,
    };
    Some(Field::new(name, data_type, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_spark() {
        for (name, expected) in [
            ("int", DataType::Int32),
            (" BIGINT ", DataType::Int64),
            ("decimal", DataType::Decimal128(10, 0)),
            ("Decimal( 12 , 2 )", DataType::Decimal128(12, 2)),
            ("timestamp_ntz", DataType::Timestamp(TimeUnit::Microsecond, None)),
        ] {
            let found = parse_type(name, "x").ok().map(|field| field.data_type().clone());
            assert_eq!(found, Some(expected), "{name}");
        }
        let nested = parse_type("array<struct<a: int, b string>>", "x").map(|f| f.to_string());
        assert!(nested.is_ok_and(|text| text.contains("Int32") && text.contains("Utf8View")));
    }

    #[test]
    fn other_names_are_errors() {
        let deep = format!("{}int{}", "array<".repeat(40), ">".repeat(40));
        for name in
            ["", "integers", "int int", "decimal(39,0)", "decimal(3,4)", "array<int", "map", &deep]
        {
            assert!(parse_type(name, "x").is_err(), "{name}");
        }
    }
}
