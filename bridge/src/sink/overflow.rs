//! Rows of more partitions than files are kept open: sorted by partition, spilled where the session has no
//! more memory, so that one file after the other can be written.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::partition;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryLimit};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::ExecutionPlan;
use futures::StreamExt;
use tokio::sync::mpsc::{channel, Receiver, Sender};

use crate::border::error::{code, Error, Result};
use crate::sink::file_task::Piece;
use crate::sink::partition::{partition_values, row_converter, Partition};

/// Batches on their way to the sort.
const WAITING: usize = 2;
/// With less memory a sort may have no room for the batches that it merges.
const LEAST_MEMORY: usize = 256 << 20;

/// The rows as an input of a plan, once.
struct Arriving {
    schema: SchemaRef,
    rows: Mutex<Option<Receiver<RecordBatch>>>,
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arriving").finish_non_exhaustive()
    }
}

impl PartitionStream for Arriving {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        let batches = futures::stream::unfold(rows, |rows| async {
            let mut rows = rows?;
            rows.recv().await.map(|batch| (Ok(batch), Some(rows)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

/// The same context with memory that is limited, where it is not.
fn bounded(context: &Arc<TaskContext>, memory: usize) -> Result<Arc<TaskContext>> {
    let env = context.runtime_env();
    if !matches!(env.memory_pool.memory_limit(), MemoryLimit::Infinite) {
        return Ok(Arc::clone(context));
    }
    let pool = Arc::new(GreedyMemoryPool::new(memory.max(LEAST_MEMORY)));
    let env = RuntimeEnvBuilder::from_runtime_env(&env).with_memory_pool(pool).build_arc()?;
    let context = TaskContext::default().with_session_config(context.session_config().clone());
    Ok(Arc::new(context.with_runtime(env)))
}

/// Rows that arrive at the sender come out sorted by `columns`. What is beyond `memory` bytes goes to disk;
/// a session that limits its memory knows better.
pub fn sorted_rows(
    schema: &SchemaRef,
    columns: &[usize],
    context: &Arc<TaskContext>,
    memory: usize,
) -> Result<(Sender<RecordBatch>, SendableRecordBatchStream)> {
    let (sender, rows) = channel(WAITING);
    let arriving = Arriving { schema: Arc::clone(schema), rows: Mutex::new(Some(rows)) };
    let input = StreamingTableExec::try_new(
        Arc::clone(schema),
        vec![Arc::new(arriving)],
        None,
        None,
        false,
        None,
    )?;
    let by = columns.iter().map(|column| {
        let column: Arc<dyn PhysicalExpr> =
            Arc::new(Column::new(schema.field(*column).name(), *column));
        PhysicalSortExpr::new_default(column)
    });
    let order = LexOrdering::new(by)
        .ok_or_else(|| Error::new(code::INTERNAL, "There is nothing to sort by."))?;
    let context = bounded(context, memory)?;
    Ok((sender, SortExec::new(order, Arc::new(input)).execute(0, context)?))
}

/// Passes sorted rows on, partition after partition.
pub async fn pass_sorted(
    mut sorted: SendableRecordBatchStream,
    columns: Vec<usize>,
    pieces: Sender<Piece>,
) -> Result<()> {
    let schema = sorted.schema();
    let converter = row_converter(&schema, &columns)?;
    let mut last: Option<Arc<Partition>> = None;
    while let Some(batch) = sorted.next().await {
        let batch = batch?;
        let by: Vec<_> = columns.iter().map(|column| Arc::clone(batch.column(*column))).collect();
        let keys = converter.convert_columns(&by)?;
        for range in partition(&by)?.ranges() {
            let key = keys.row(range.start);
            let found = match &last {
                Some(last) if last.key.as_ref() == key.data() => Arc::clone(last),
                _ => Arc::new(Partition {
                    key: key.data().into(),
                    values: partition_values(&batch, &columns, range.start)?,
                }),
            };
            let rows = batch.slice(range.start, range.len());
            last = Some(Arc::clone(&found));
            if pieces.send(Piece::new(found, rows)).await.is_err() {
                // The task has failed, and tells why.
                return Ok(());
            }
        }
    }
    Ok(())
}
