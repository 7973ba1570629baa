//! `ScalarUDF`s over variants, named as in Spark.

use std::sync::Arc;

use datafusion::arrow::array::{
    new_null_array, Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, StringViewBuilder,
    StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{exec_datafusion_err, plan_err};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::scalar::ScalarValue;
use parquet_variant::Variant;
use parquet_variant_compute::VariantArrayBuilder;
use parquet_variant_json::JsonToVariant;

use super::cast::{cast_variants, json};
use super::encoding::Decoder;
use super::field::{is_storage, variant_field};
use super::path::Path;
use super::unshredding::to_storage;
use super::wanted_type::parse_type;
use crate::border::error::{code, Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Verb {
    Get,
    TryGet,
    ToJson,
    ParseJson,
    TryParseJson,
    IsNull,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct VariantFunction {
    verb: Verb,
    aliases: Vec<String>,
    signature: Signature,
}

/// All of them: `variant_get`, `try_variant_get`, `variant_to_json` (`to_json`), `parse_json`,
/// `try_parse_json` and `is_variant_null`.
pub fn variant_functions() -> Vec<Arc<ScalarUDF>> {
    let verbs =
        [Verb::Get, Verb::TryGet, Verb::ToJson, Verb::ParseJson, Verb::TryParseJson, Verb::IsNull];
    verbs.into_iter().map(function).collect()
}

/// The function that `v:path` calls.
pub fn get_function() -> Arc<ScalarUDF> {
    function(Verb::Get)
}

fn function(verb: Verb) -> Arc<ScalarUDF> {
    let aliases = match verb {
        Verb::ToJson => vec!["to_json".to_string()],
        _ => Vec::new(),
    };
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(VariantFunction { verb, aliases, signature }))
}

/// The text of a constant argument.
fn constant<'a>(argument: Option<&'a ScalarValue>, what: &str) -> DataFusionResult<&'a str> {
    match argument.and_then(|value| value.try_as_str().flatten()) {
        Some(text) => Ok(text),
        None => plan_err!("The {what} of a variant must be a constant text"),
    }
}

impl VariantFunction {
    /// What `variant_get` is asked for.
    fn wanted(&self, type_name: Option<&str>) -> Result<Field> {
        match type_name {
            Some(type_name) => parse_type(type_name, self.name()),
            None => Ok(variant_field(self.name())),
        }
    }
}

impl ScalarUDFImpl for VariantFunction {
    fn name(&self) -> &str {
        match self.verb {
            Verb::Get => "variant_get",
            Verb::TryGet => "try_variant_get",
            Verb::ToJson => "variant_to_json",
            Verb::ParseJson => "parse_json",
            Verb::TryParseJson => "try_parse_json",
            Verb::IsNull => "is_variant_null",
        }
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Err(exec_datafusion_err!("{} needs its arguments for its type", self.name()))
    }

    fn coerce_types(&self, arguments: &[DataType]) -> DataFusionResult<Vec<DataType>> {
        let texts = arguments.get(1..).unwrap_or_default().iter().all(DataType::is_string);
        let is_variant = arguments.first().is_some_and(is_storage);
        let is_textual =
            arguments.first().is_some_and(|first| first.is_string() || first.is_null());
        match self.verb {
            Verb::Get | Verb::TryGet
                if is_variant && texts && (2..=3).contains(&arguments.len()) =>
            {
                Ok(arguments.to_vec())
            }
            Verb::ToJson | Verb::IsNull if is_variant && arguments.len() == 1 => {
                Ok(arguments.to_vec())
            }
            Verb::ParseJson | Verb::TryParseJson if is_textual && arguments.len() == 1 => {
                Ok(vec![DataType::Utf8View])
            }
            Verb::Get | Verb::TryGet => {
                plan_err!(
                    "{} takes a variant, a path and, at will, the name of a type",
                    self.name()
                )
            }
            Verb::ToJson | Verb::IsNull => plan_err!("{} takes a variant", self.name()),
            Verb::ParseJson | Verb::TryParseJson => plan_err!("{} takes a text", self.name()),
        }
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        let constants = arguments.scalar_arguments;
        Ok(Arc::new(match self.verb {
            Verb::Get | Verb::TryGet => {
                Path::parse(constant(constants.get(1).copied().flatten(), "path")?)?;
                let type_name = match constants.get(2) {
                    Some(type_name) => Some(constant(*type_name, "type")?),
                    None => None,
                };
                self.wanted(type_name)?
            }
            Verb::ToJson => Field::new(self.name(), DataType::Utf8View, true),
            Verb::ParseJson | Verb::TryParseJson => variant_field(self.name()),
            Verb::IsNull => Field::new(self.name(), DataType::Boolean, false),
        }))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let rows = arguments.number_rows;
        let Some(first) = arguments.args.first() else {
            return Err(exec_datafusion_err!("{} has no argument", self.name()));
        };
        // One value stands for all rows.
        let is_scalar = matches!(first, ColumnarValue::Scalar(_));
        let first = first.to_array(if is_scalar { 1 } else { rows })?;
        let made = match self.verb {
            Verb::Get | Verb::TryGet => {
                let wanted = arguments.return_field.as_ref();
                match repeated(arguments.args.get(1))? {
                    Some(path) => get(&first, &path, wanted, self.verb == Verb::TryGet),
                    None => Ok(new_null_array(wanted.data_type(), first.len())),
                }
            }
            Verb::ToJson => to_json(&first),
            Verb::ParseJson => parse_json(&first, false),
            Verb::TryParseJson => parse_json(&first, true),
            Verb::IsNull => is_null(&first),
        };
        let made = made.map_err(|error| name_function(self.name(), error))?;
        match is_scalar {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?)),
            false => Ok(ColumnarValue::Array(made)),
        }
    }
}

/// A constant argument. From a session in another library it comes as a column of one value; none has
/// no value.
fn repeated(argument: Option<&ColumnarValue>) -> DataFusionResult<Option<String>> {
    let value = match argument {
        Some(ColumnarValue::Scalar(value)) => value.clone(),
        Some(ColumnarValue::Array(values)) if !values.is_empty() => {
            ScalarValue::try_from_array(values, 0)?
        }
        _ => return Ok(None),
    };
    Ok(value.try_as_str().flatten().map(str::to_string))
}

fn name_function(name: &str, error: Error) -> DataFusionError {
    Error::new(error.code(), format!("{name}: {}", error.message())).into()
}

/// A column of variants, at hand.
struct Variants {
    column: StructArray,
    metadata: BinaryViewArray,
    value: BinaryViewArray,
}

impl Variants {
    fn of(column: &ArrayRef) -> Result<Self> {
        let missing = || Error::new(code::INTERNAL, "A variant is not stored as a struct.");
        let column = column.as_struct_opt().ok_or_else(missing)?.clone();
        let part = |name| {
            let part = column.column_by_name(name).ok_or_else(missing)?;
            Ok::<_, Error>(cast(part, &DataType::BinaryView)?.as_binary_view().clone())
        };
        Ok(Self { metadata: part("metadata")?, value: part("value")?, column })
    }

    fn rows(&self) -> Result<Vec<Option<Variant<'_, '_>>>> {
        let mut decoder = Decoder::default();
        let rows = (0..self.column.len()).map(|row| {
            let is_null =
                self.column.is_null(row) || self.metadata.is_null(row) || self.value.is_null(row);
            match is_null {
                true => Ok(None),
                false => decoder.decode(self.metadata.value(row), self.value.value(row)).map(Some),
            }
        });
        rows.collect()
    }
}

fn get(column: &ArrayRef, path: &str, wanted: &Field, safe: bool) -> Result<ArrayRef> {
    let path = Path::parse(path)?;
    let variants = Variants::of(column)?;
    let mut rows = variants.rows()?;
    for row in &mut rows {
        *row = row.take().and_then(|row| path.follow(row));
    }
    cast_variants(&rows, wanted, safe)
}

fn to_json(column: &ArrayRef) -> Result<ArrayRef> {
    let variants = Variants::of(column)?;
    let mut texts = StringViewBuilder::new();
    for row in variants.rows()? {
        match row {
            Some(row) => texts.append_value(json(&row)?),
            None => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

fn is_null(column: &ArrayRef) -> Result<ArrayRef> {
    let variants = Variants::of(column)?;
    let nulls = variants.rows()?.into_iter().map(|row| Some(matches!(row, Some(Variant::Null))));
    Ok(Arc::new(nulls.collect::<BooleanArray>()))
}

fn parse_json(column: &ArrayRef, safe: bool) -> Result<ArrayRef> {
    let texts = cast(column, &DataType::Utf8View)?;
    let mut builder = VariantArrayBuilder::new(texts.len());
    for text in texts.as_string_view() {
        match text {
            None => builder.append_null(),
            Some(text) => match builder.append_json(text) {
                Ok(()) => {}
                Err(_) if safe => builder.append_null(),
                Err(error) => {
                    let message = format!("The text is no JSON that a variant can hold: {error}");
                    return Err(Error::new(code::EXECUTION, message));
                }
            },
        }
    }
    let built = builder.build();
    let (metadata, value) = (built.metadata_column(), built.value_column());
    let storage = super::field::storage();
    to_storage(metadata.as_binary_view(), value.as_binary_view(), built.nulls(), &storage)
}
