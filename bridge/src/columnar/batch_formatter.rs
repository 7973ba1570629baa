//! Rows as text, by the writers of arrow. Where these know no form for a value, it is its text as the table
//! format shows it.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, MapArray, RecordBatch, RecordBatchReader, StringArray,
};
use datafusion::arrow::csv::WriterBuilder as CsvWriterBuilder;
use datafusion::arrow::datatypes::{
    DataType, FieldRef, Float16Type, Float32Type, Float64Type, SchemaRef,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{make_encoder, LineDelimited, NullableEncoder};
use datafusion::arrow::json::{
    Encoder, EncoderFactory, EncoderOptions, WriterBuilder as JsonWriterBuilder,
};
use datafusion::arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};
use datafusion::arrow::util::pretty::{
    pretty_format_batches_with_options, pretty_format_batches_with_schema,
};

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::import_stream;
use crate::ffi::bridge::ArrowArrayStream;

type ArrowResult<T> = std::result::Result<T, ArrowError>;

const OPTIONS: FormatOptions<'static> =
    FormatOptions::new().with_null("NULL").with_display_error(true);

/// # Safety
/// `stream` points to a valid Arrow C stream, which is taken over.
pub unsafe fn format_batches(
    stream: *mut ArrowArrayStream,
    format: &str,
    header: bool,
) -> Result<String> {
    guard(|| {
        let reader = import_stream(stream)?;
        let schema = reader.schema();
        let batches = reader.collect::<std::result::Result<Vec<_>, _>>()?;
        let text = match format {
            "table" => return table(schema, &batches),
            "csv" => csv(schema, &batches, header)?,
            "ndjson" => ndjson(&batches)?,
            "rows" => rows(&batches)?,
            _ => {
                let message = format!("The text format is not known: {format}");
                return Err(Error::new(code::INVALID_ARGUMENT, message));
            }
        };
        String::from_utf8(text).map_err(|error| Error::new(code::INTERNAL, error.to_string()))
    })
}

fn table(schema: SchemaRef, batches: &[RecordBatch]) -> Result<String> {
    if batches.is_empty() {
        return Ok(pretty_format_batches_with_schema(schema, &[])?.to_string());
    }
    Ok(pretty_format_batches_with_options(batches, &OPTIONS)?.to_string())
}

fn csv(schema: SchemaRef, batches: &[RecordBatch], header: bool) -> ArrowResult<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = CsvWriterBuilder::new().with_header(header).build(&mut text);
    // The writer puts the header before the first batch.
    writer.write(&flat(&RecordBatch::new_empty(schema))?)?;
    for batch in batches {
        writer.write(&flat(batch)?)?;
    }
    drop(writer);
    Ok(text)
}

/// The batch with texts for what is nested.
fn flat(batch: &RecordBatch) -> ArrowResult<RecordBatch> {
    let flat = |column: &ArrayRef| -> ArrowResult<ArrayRef> {
        match column.data_type().is_nested() {
            true => Ok(Arc::new(texts(column.as_ref(), &OPTIONS)?)),
            false => Ok(Arc::clone(column)),
        }
    };
    let fields = batch.schema();
    let names = fields.fields().iter().map(|field| field.name());
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (name, column) in names.zip(batch.columns()) {
        columns.push((name.as_str(), flat(column)?, true));
    }
    match columns.is_empty() {
        true => Ok(batch.clone()),
        false => RecordBatch::try_from_iter_with_nullable(columns),
    }
}

fn texts(column: &dyn Array, options: &FormatOptions<'static>) -> ArrowResult<StringArray> {
    let formatter = ArrayFormatter::try_new(column, options)?;
    let nulls = column.logical_nulls();
    let is_null = |row| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
    Ok((0..column.len())
        .map(|row| (!is_null(row)).then(|| formatter.value(row).to_string()))
        .collect())
}

fn ndjson(batches: &[RecordBatch]) -> ArrowResult<Vec<u8>> {
    let mut text = Vec::new();
    let mut writer = JsonWriterBuilder::new()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(TextEncoders))
        .build::<_, LineDelimited>(&mut text);
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    drop(writer);
    Ok(text)
}

/// A row as a JSON object.
pub fn row_text(batch: &RecordBatch, row: usize) -> Result<String> {
    let text = ndjson(&[batch.slice(row, 1)])?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_string())
}

/// A JSON array of texts, and nulls, for every row.
fn rows(batches: &[RecordBatch]) -> ArrowResult<Vec<u8>> {
    let mut text = Vec::new();
    for batch in batches {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| cells(column.as_ref()))
            .collect::<ArrowResult<_>>()?;
        for row in 0..batch.num_rows() {
            for (number, column) in columns.iter().enumerate() {
                text.push(if number == 0 { b'[' } else { b',' });
                match column.is_null(row) {
                    true => text.extend_from_slice(b"null"),
                    false => write_json_text(column.value(row), &mut text),
                }
            }
            text.extend_from_slice(b"]\n");
        }
    }
    Ok(text)
}

/// Numbers with all of their digits and without an exponent.
fn cells(column: &dyn Array) -> ArrowResult<StringArray> {
    Ok(match column.data_type() {
        DataType::Float16 => {
            let numbers = column.as_primitive::<Float16Type>().iter();
            numbers.map(|number| number.map(|number| plain(f32::from(number)))).collect()
        }
        DataType::Float32 => {
            column.as_primitive::<Float32Type>().iter().map(|number| number.map(plain)).collect()
        }
        DataType::Float64 => {
            column.as_primitive::<Float64Type>().iter().map(|number| number.map(plain)).collect()
        }
        _ => texts(column, &OPTIONS.with_duration_format(DurationFormat::Pretty))?,
    })
}

fn plain(number: impl ToString) -> String {
    number.to_string().replace("inf", "Infinity")
}

fn write_json_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend([b'\\', letter as u8]),
            '\0'..='\x1f' => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes());
            }
            _ => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// Encoders of what arrow has none for.
#[derive(Debug)]
struct TextEncoders;

impl EncoderFactory for TextEncoders {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> ArrowResult<Option<NullableEncoder<'a>>> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Map(_, _) => Box::new(MapEncoder::try_new(array.as_map(), options)?),
            DataType::Union(_, _) => {
                Box::new(TextEncoder(ArrayFormatter::try_new(array, &OPTIONS)?))
            }
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.logical_nulls())))
    }
}

struct TextEncoder<'a>(ArrayFormatter<'a>);

impl Encoder for TextEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        write_json_text(&self.0.value(row).to_string(), out);
    }
}

/// An object whose names are the texts of the keys, whatever their type.
struct MapEncoder<'a> {
    map: &'a MapArray,
    keys: ArrayFormatter<'a>,
    values: NullableEncoder<'a>,
}

impl<'a> MapEncoder<'a> {
    fn try_new(map: &'a MapArray, options: &'a EncoderOptions) -> ArrowResult<Self> {
        let keys = ArrayFormatter::try_new(map.keys().as_ref(), &OPTIONS)?;
        let field = &map.entries().fields()[1];
        let values = make_encoder(field, map.values().as_ref(), options)?;
        Ok(Self { map, keys, values })
    }
}

impl Encoder for MapEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        out.push(b'{');
        let offsets = self.map.value_offsets();
        let entries = offsets[row] as usize..offsets[row + 1] as usize;
        let first = entries.start;
        for entry in entries {
            if entry > first {
                out.push(b',');
            }
            write_json_text(&self.keys.value(entry).to_string(), out);
            out.push(b':');
            match self.values.is_null(entry) {
                true => out.extend_from_slice(b"null"),
                false => self.values.encode(entry, out),
            }
        }
        out.push(b'}');
    }
}
