//! `parquet::arrow::ArrowWriter` into memory: record batches become the bytes of one Parquet file, piece after
//! piece.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, RecordBatch, RecordBatchOptions, StructArray, UInt32Array,
};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::{import_batch, import_schema};
use crate::columnar::conformed_array::conform;
use crate::ffi::bridge::{ArrowArray, ArrowSchema, EncoderSettings};

pub struct ParquetEncoder {
    schema: SchemaRef,
    /// Nothing once the file has ended, or after an error.
    writer: Option<ArrowWriter<Vec<u8>>>,
}

fn compression(name: &str) -> Result<Compression> {
    match name {
        "uncompressed" => Ok(Compression::UNCOMPRESSED),
        "snappy" => Ok(Compression::SNAPPY),
        "gzip" => Ok(Compression::GZIP(GzipLevel::default())),
        "lz4_raw" => Ok(Compression::LZ4_RAW),
        "zstd" => Ok(Compression::ZSTD(ZstdLevel::default())),
        _ => {
            let message = format!("The compression is not known: {name}");
            Err(Error::new(code::INVALID_ARGUMENT, message))
        }
    }
}

/// # Safety
/// `schema` points to a valid `ArrowSchema`, which is taken over.
pub unsafe fn new_parquet_encoder(
    schema: *mut ArrowSchema,
    settings: &EncoderSettings,
) -> Result<Box<ParquetEncoder>> {
    guard(|| {
        let schema = import_schema(schema)?;
        let mut properties = WriterProperties::builder()
            .set_created_by(settings.created_by.clone())
            .set_compression(compression(&settings.compression)?)
            .set_max_row_group_row_count(Some(settings.row_group_rows));
        for column in &settings.plain_columns {
            let path = column.split('.').map(str::to_string).collect::<Vec<_>>();
            properties = properties.set_column_dictionary_enabled(ColumnPath::new(path), false);
        }
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options)?;
        Ok(Box::new(ParquetEncoder { schema, writer: Some(writer) }))
    })
}

impl ParquetEncoder {
    fn writer(&mut self) -> Result<&mut ArrowWriter<Vec<u8>>> {
        let ended = || Error::new(code::INVALID_ARGUMENT, "The Parquet file has ended.");
        self.writer.as_mut().ok_or_else(ended)
    }

    /// # Safety
    /// `schema` and `batch` are a valid struct array and its type, which are taken over.
    pub unsafe fn write(
        &mut self,
        schema: *mut ArrowSchema,
        batch: *mut ArrowArray,
        all_rows: bool,
        rows: &[u32],
    ) -> Result<()> {
        guard(|| {
            let mut batch = import_batch(schema, batch)?;
            if !all_rows {
                batch = take_record_batch(&batch, &UInt32Array::from(rows.to_vec()))?;
            }
            let batch = self.conform(batch)?;
            let written = self.writer()?.write(&batch);
            if written.is_err() {
                self.writer = None;
            }
            Ok(written?)
        })
    }

    fn conform(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let wanted = DataType::Struct(self.schema.fields().clone());
        let found: ArrayRef = Arc::new(StructArray::from(batch));
        let columns = StructArray::from(conform(&found, &wanted)?.to_data());
        let (_, columns, _) = columns.into_parts();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    /// The bytes that have come since the last call.
    pub fn take(&mut self) -> Result<Vec<u8>> {
        guard(|| Ok(std::mem::take(self.writer()?.inner_mut())))
    }

    /// Ends the file, and returns the rest of its bytes.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        guard(|| {
            self.writer()?;
            match self.writer.take() {
                Some(writer) => Ok(writer.into_inner()?),
                None => Ok(Vec::new()),
            }
        })
    }
}
