//! A Parquet file that is being written, whose columns are encoded on as many threads as it is told to use.

use std::future::Future;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use parquet::arrow::arrow_writer::{
    compute_leaves, ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory,
};
use parquet::arrow::ArrowSchemaConverter;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedFileWriter;

use crate::border::error::Result;
use crate::border::guard::{guard, panic_error};
use crate::border::runtime;
use crate::sink::dictionary_choice::with_dictionaries;
use crate::sink::stop_signal::StopSignal;
use crate::sink::stored_schema::num_leaves;
use crate::store::object_writer::ObjectWriter;

/// What encodes files, the same for all of a sink.
pub struct Encoding {
    pub schema: SchemaRef,
    pub properties: WriterPropertiesPtr,
    /// Whether nobody has said which columns have dictionaries.
    pub chooses_dictionaries: bool,
    /// How many threads encode one file.
    pub threads: usize,
}

/// The bytes on their way to the store.
struct Upload {
    object: Box<ObjectWriter>,
    stop: StopSignal,
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let added = runtime::wait(self.stop.or_stop(self.object.add(bytes)));
        added.map(|()| bytes.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is not finished is given up.
impl Drop for Upload {
    fn drop(&mut self) {
        let _ = self.object.abort();
    }
}

/// A leaf of a row group.
struct Leaf {
    writer: Option<ArrowColumnWriter>,
    chunk: Option<ArrowColumnChunk>,
}

pub struct ParquetWriter {
    encoding: Arc<Encoding>,
    file: SerializedFileWriter<Upload>,
    factory: ArrowRowGroupWriterFactory,
    /// Of the row group that is being written; empty before its first row.
    leaves: Vec<Leaf>,
    rows_in_group: usize,
}

/// A finished file.
pub struct WrittenParquet {
    pub size: usize,
    pub metadata: ParquetMetaData,
    /// Whether it goes to its place in more than one request.
    pub has_parts: bool,
}

impl ParquetWriter {
    /// `first` are the first rows of the file, which are not written yet.
    pub fn new(
        encoding: Arc<Encoding>,
        object: Box<ObjectWriter>,
        stop: StopSignal,
        first: &[RecordBatch],
    ) -> Result<Self> {
        let properties = match encoding.chooses_dictionaries {
            true => with_dictionaries(&encoding.properties, first)?,
            false => Arc::clone(&encoding.properties),
        };
        // The schema of Arrow is not written into the file: other readers take it for more than a hint.
        let schema = ArrowSchemaConverter::new().convert(&encoding.schema)?.root_schema_ptr();
        let upload = Upload { object, stop };
        let file = SerializedFileWriter::new(upload, schema, properties)?;
        let factory = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&encoding.schema));
        Ok(Self { encoding, file, factory, leaves: Vec::new(), rows_in_group: 0 })
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> usize {
        let encoded: usize = self.writers().map(ArrowColumnWriter::memory_size).sum();
        self.file.inner().object.memory() + encoded
    }

    /// About how many bytes the file would have if it ended now.
    pub fn size(&self) -> usize {
        let in_progress: usize =
            self.writers().map(ArrowColumnWriter::get_estimated_total_bytes).sum();
        self.file.bytes_written() + in_progress
    }

    fn writers(&self) -> impl Iterator<Item = &ArrowColumnWriter> {
        self.leaves.iter().filter_map(|leaf| leaf.writer.as_ref())
    }

    pub fn write(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let limit = self.encoding.properties.max_row_group_row_count().unwrap_or(usize::MAX);
        let mut fitting = Vec::new();
        for batch in batches {
            let mut begin = 0;
            while begin < batch.num_rows() {
                let count = (batch.num_rows() - begin).min(limit - self.rows_in_group);
                fitting.push(batch.slice(begin, count));
                self.rows_in_group += count;
                begin += count;
                if self.rows_in_group == limit {
                    self.encode(&std::mem::take(&mut fitting))?;
                    self.flush()?;
                }
            }
        }
        self.encode(&fitting)
    }

    fn encode(&mut self, batches: &[RecordBatch]) -> Result<()> {
        if batches.is_empty() {
            return Ok(());
        }
        if self.leaves.is_empty() {
            let group = self.file.flushed_row_groups().len();
            let writers = self.factory.create_column_writers(group)?.into_iter();
            self.leaves =
                writers.map(|writer| Leaf { writer: Some(writer), chunk: None }).collect();
        }
        let mut rest = self.leaves.as_mut_slice();
        let mut columns = Vec::with_capacity(self.encoding.schema.fields().len());
        for (index, field) in self.encoding.schema.fields().iter().enumerate() {
            let (own, others) = rest.split_at_mut(num_leaves(field.data_type()));
            rest = others;
            let arrays = batches.iter().map(|batch| Arc::clone(batch.column(index)));
            columns.push((field, arrays.collect::<Vec<_>>(), own));
        }
        on_threads(self.encoding.threads, columns, |(field, arrays, leaves)| {
            encode_column(field, &arrays, leaves)
        })
    }

    /// Ends the row group.
    pub fn flush(&mut self) -> Result<()> {
        self.rows_in_group = 0;
        if self.leaves.is_empty() {
            return Ok(());
        }
        let mut leaves = std::mem::take(&mut self.leaves);
        on_threads(self.encoding.threads, leaves.iter_mut().collect(), |leaf| {
            leaf.chunk = leaf.writer.take().map(ArrowColumnWriter::close).transpose()?;
            Ok(())
        })?;
        let mut group = self.file.next_row_group()?;
        for chunk in leaves.into_iter().filter_map(|leaf| leaf.chunk) {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Ends the file, which is in its place once the future has ended well.
    pub fn finish(
        mut self,
    ) -> Result<(WrittenParquet, impl Future<Output = Result<()>> + Send + 'static)> {
        self.flush()?;
        let metadata = self.file.finish()?;
        let size = self.file.bytes_written();
        let has_parts = self.file.inner_mut().object.has_parts();
        let place = async move {
            let upload = self.file.inner_mut();
            upload.stop.check()?;
            // To its end: what is left half way may yet come to be there, after it was removed.
            upload.object.complete().await
        };
        Ok((WrittenParquet { size, metadata, has_parts }, place))
    }
}

fn encode_column(field: &FieldRef, arrays: &[ArrayRef], leaves: &mut [Leaf]) -> Result<()> {
    for array in arrays {
        let writers = leaves.iter_mut().filter_map(|leaf| leaf.writer.as_mut());
        for (values, writer) in compute_leaves(field, array)?.iter().zip(writers) {
            writer.write(values)?;
        }
    }
    Ok(())
}

/// Does `work` to each item, on this thread and others.
fn on_threads<T: Send>(
    threads: usize,
    items: Vec<T>,
    work: impl Fn(T) -> Result<()> + Sync,
) -> Result<()> {
    let helpers = threads.min(items.len()).saturating_sub(1);
    let items = Mutex::new(items.into_iter());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        guard(|| {
            while let Some(item) = next() {
                work(item)?;
            }
            Ok(())
        })
    };
    thread::scope(|scope| {
        let started: Vec<_> = (0..helpers)
            .map(|_| thread::Builder::new().name("deltaic-encode".into()).spawn_scoped(scope, run))
            .collect();
        let mut result = run();
        for helper in started {
            // Where there is no thread to help, this one has done the work.
            let Ok(helper) = helper else { continue };
            let helped = helper.join().unwrap_or_else(|panic| Err(panic_error(panic.as_ref())));
            result = result.and(helped);
        }
        result
    })
}
