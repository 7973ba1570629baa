//! Rows as text, by the writers of arrow.

use datafusion::arrow::array::{RecordBatch, RecordBatchReader};
use datafusion::arrow::csv::WriterBuilder as CsvWriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::arrow::json::WriterBuilder as JsonWriterBuilder;
use datafusion::arrow::util::display::FormatOptions;
use datafusion::arrow::util::pretty::{
    pretty_format_batches_with_options, pretty_format_batches_with_schema,
};

use crate::arrow_border::import_stream;
use crate::error::{code, Error, Result};
use crate::ffi::bridge::ArrowArrayStream;
use crate::guard::guard;

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
        let mut text = Vec::new();
        match format {
            "table" => {
                if batches.is_empty() {
                    return Ok(pretty_format_batches_with_schema(schema, &[])?.to_string());
                }
                let options = FormatOptions::default().with_null("NULL").with_display_error(true);
                return Ok(pretty_format_batches_with_options(&batches, &options)?.to_string());
            }
            "csv" => {
                let mut writer = CsvWriterBuilder::new().with_header(header).build(&mut text);
                // The writer puts the header before the first batch.
                writer.write(&RecordBatch::new_empty(schema))?;
                for batch in &batches {
                    writer.write(batch)?;
                }
            }
            "ndjson" => {
                let mut writer = JsonWriterBuilder::new()
                    .with_explicit_nulls(true)
                    .build::<_, LineDelimited>(&mut text);
                for batch in &batches {
                    writer.write(batch)?;
                }
                writer.finish()?;
            }
            _ => {
                let message = format!("The text format is not known: {format}");
                return Err(Error::new(code::INVALID_ARGUMENT, message));
            }
        }
        String::from_utf8(text).map_err(|error| Error::new(code::INTERNAL, error.to_string()))
    })
}
