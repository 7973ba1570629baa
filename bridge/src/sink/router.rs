//! The way of rows from a part of the plan to the tasks that write them.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use tokio::sync::mpsc::Sender;

use crate::border::error::Result;
use crate::sink::byte_budget::{bytes_of, ByteBudget};
use crate::sink::file_task::Piece;
use crate::sink::partition::{Partition, PartitionSplitter, Route};

/// So much is split at a time: the more rows a partition has in it, the less a copy of each row costs.
const SPLIT_ROWS: usize = 128 << 10;
const SPLIT_BYTES: usize = 16 << 20;

/// The tasks that write files, and what may be on its way to them.
#[derive(Clone)]
pub struct Tasks {
    pub senders: Vec<Sender<Piece>>,
    pub budget: ByteBudget,
}

impl Tasks {
    /// Nothing where the rows are not wanted any more.
    async fn send(&self, task: usize, piece: Piece) -> Result<Option<()>> {
        Ok(self.senders[task].send(piece.within(&self.budget).await?).await.ok())
    }
}

/// Where a part of the plan sends its rows.
pub struct Router {
    tasks: Tasks,
    route: Routing,
}

enum Routing {
    Whole(usize, Arc<Partition>),
    Split(Box<Splitting>),
}

struct Splitting {
    splitter: PartitionSplitter,
    overflow: Sender<RecordBatch>,
    /// What is not split yet.
    waiting: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

impl Router {
    /// All rows go to one task.
    pub fn whole(tasks: Tasks, task: usize, partition: Arc<Partition>) -> Self {
        Self { tasks, route: Routing::Whole(task, partition) }
    }

    /// Rows go where their partition is written.
    pub fn split(tasks: Tasks, splitter: PartitionSplitter, overflow: Sender<RecordBatch>) -> Self {
        let waiting = Vec::new();
        let splitting = Splitting { splitter, overflow, waiting, rows: 0, bytes: 0 };
        Self { tasks, route: Routing::Split(Box::new(splitting)) }
    }

    /// Nothing where the rows are not wanted any more.
    pub async fn take(&mut self, batch: RecordBatch) -> Result<Option<()>> {
        match &mut self.route {
            Routing::Whole(task, partition) => {
                self.tasks.send(*task, Piece::new(Arc::clone(partition), batch)).await
            }
            Routing::Split(splitting) => {
                splitting.rows += batch.num_rows();
                splitting.bytes += bytes_of(&batch);
                splitting.waiting.push(batch);
                match splitting.rows >= SPLIT_ROWS || splitting.bytes >= SPLIT_BYTES {
                    true => splitting.pass(&self.tasks).await,
                    false => Ok(Some(())),
                }
            }
        }
    }

    /// Sends what is left.
    pub async fn finish(self) -> Result<()> {
        if let Routing::Split(mut splitting) = self.route {
            splitting.pass(&self.tasks).await?;
        }
        Ok(())
    }
}

impl Splitting {
    async fn pass(&mut self, tasks: &Tasks) -> Result<Option<()>> {
        (self.rows, self.bytes) = (0, 0);
        let routed = self.splitter.split(&std::mem::take(&mut self.waiting))?;
        for routed in routed {
            let sent = match routed.route {
                Route::Task(task, partition) => {
                    tasks.send(task, Piece::new(partition, routed.rows)).await?
                }
                Route::Overflow => self.overflow.send(routed.rows).await.ok(),
            };
            if sent.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }
}
