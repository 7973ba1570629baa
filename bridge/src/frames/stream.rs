//! Record batches that are made on the runtime, pulled from outside through an Arrow C stream.

use datafusion::arrow::array::{RecordBatch, RecordBatchReader};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc::{channel, Receiver};
use tokio::task::JoinHandle;

use crate::border::error::Result;
use crate::border::guard::{guard, panic_error};
use crate::border::runtime::{self, Birthplace};
use crate::expressions::cancellation_point::StopOnDrop;
use crate::ffi::bridge::ArrowArrayStream;

/// Batches made ahead of the consumer.
const PREFETCH: usize = 2;

struct PulledStream {
    schema: SchemaRef,
    batches: Receiver<Result<RecordBatch>>,
    producer: JoinHandle<()>,
    /// Ends computations that do not yield.
    stop: Option<StopOnDrop>,
    finished: bool,
    birthplace: Birthplace,
}

impl PulledStream {
    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        self.birthplace.check()?;
        if self.finished {
            return Ok(None);
        }
        let result = runtime::wait(async {
            match self.batches.recv().await {
                Some(batch) => batch.map(Some),
                // The producer is gone: it came to the end, or it panicked.
                None => match (&mut self.producer).await {
                    Err(error) if error.is_panic() => Err(panic_error(error.into_panic().as_ref())),
                    _ => Ok(None),
                },
            }
        });
        if !matches!(result, Ok(Some(_))) {
            self.finished = true;
            self.batches.close();
            self.producer.abort();
            self.stop = None;
        }
        result
    }
}

impl Iterator for PulledStream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        guard(|| self.pull()).map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for PulledStream {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Drop for PulledStream {
    fn drop(&mut self) {
        self.producer.abort();
    }
}

/// Starts `stream` on the runtime and writes an Arrow C stream of its batches to `out`. `stop` is dropped
/// when the consumer wants no more.
///
/// # Safety
/// `out` points to memory for an `ArrowArrayStream`.
pub unsafe fn export_stream<S, E>(
    schema: SchemaRef,
    stream: S,
    stop: Option<StopOnDrop>,
    out: *mut ArrowArrayStream,
) -> Result<()>
where
    S: Stream<Item = std::result::Result<RecordBatch, E>> + Send + 'static,
    E: Into<crate::border::error::Error> + Send,
{
    let (sender, batches) = channel(PREFETCH);
    let producer = runtime::handle()?.spawn(async move {
        let mut stream = std::pin::pin!(stream);
        while let Some(batch) = stream.next().await {
            if sender.send(batch.map_err(Into::into)).await.is_err() {
                break;
            }
        }
    });
    let reader = PulledStream {
        schema,
        batches,
        producer,
        stop,
        finished: false,
        birthplace: Birthplace::here(),
    };
    std::ptr::write(out.cast(), FFI_ArrowArrayStream::new(Box::new(reader)));
    Ok(())
}
