//! A task of a sink: it writes the files of some partitions, or of a part of the rows.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::concat_batches;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::task::JoinHandle;

use crate::border::error::Result;
use crate::border::runtime;
use crate::columnar::retyped_array::retype;
use crate::ffi::bridge::{count_work, FileNamer};
use crate::sink::byte_budget::{bytes_of, ByteBudget, HeldBytes};
use crate::sink::file_names::name_file;
use crate::sink::file_statistics::{ColumnStatistics, SeenValues, WantedStatistics};
use crate::sink::parquet_writer::{Encoding, ParquetWriter};
use crate::sink::partition::{Key, Partition};
use crate::sink::stop_signal::StopSignal;
use crate::store::object_store::Store;

/// What is smaller than this is written together with what others have left.
const LEAST_ROWS: usize = 64 << 10;
const LEAST_BYTES: usize = 16 << 20;
/// So many rows of a file are encoded at a time where one thread does it.
const ROWS_AT_ONCE: usize = 8 << 10;
const BYTES_AT_ONCE: usize = 1 << 20;
/// Batches of fewer rows are put together before they are encoded.
const FEW_ROWS: usize = 512;

/// Finished files that a task brings to their places at a time: stores and disks take their time for each.
const PLACED_AT_ONCE: usize = 8;

/// Rows of a file.
pub struct Piece {
    partition: Arc<Partition>,
    rows: RecordBatch,
    bytes: usize,
    /// What the rows take of a budget until a task has them.
    held: Option<HeldBytes>,
}

impl Piece {
    pub fn new(partition: Arc<Partition>, rows: RecordBatch) -> Self {
        let bytes = bytes_of(&rows);
        Self { partition, rows, bytes, held: None }
    }

    /// The same once there is room for it.
    pub async fn within(self, budget: &ByteBudget) -> Result<Self> {
        let held = Some(budget.take(self.bytes).await?);
        Ok(Self { held, ..self })
    }
}

pub struct WrittenFile {
    pub location: String,
    pub size: usize,
    pub num_rows: i64,
    pub partition: Arc<Partition>,
    pub statistics: Vec<ColumnStatistics>,
}

/// What all tasks of a sink share.
pub struct SinkState {
    pub store: Store,
    pub namer: cxx::SharedPtr<FileNamer>,
    pub encoding: Arc<Encoding>,
    pub wanted: WantedStatistics,
    /// The columns of rows that are in files.
    pub kept: Vec<usize>,
    pub target_file_size: usize,
    pub memory_limit: usize,
    /// The memory of all open files.
    pub memory: AtomicUsize,
    /// All files that were begun.
    pub locations: Mutex<Vec<String>>,
    pub stop: StopSignal,
}

struct OpenFile {
    location: String,
    partition: Arc<Partition>,
    writer: ParquetWriter,
    seen: Vec<SeenValues>,
    num_rows: usize,
}

/// Rows that wait to be encoded, and the file that they belong to, if it is open.
struct Lane {
    partition: Arc<Partition>,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    waiting_bytes: usize,
    file: Option<OpenFile>,
    /// What it counts for in `SinkState::memory`.
    memory: usize,
}

pub struct FileTask {
    state: Arc<SinkState>,
    lanes: HashMap<Key, Lane>,
    /// How many tasks there are.
    tasks: usize,
    /// Whether few rows are left to others.
    leaves_few: bool,
    /// Whether a partition ends with the first row of another.
    one_by_one: bool,
    written: Vec<WrittenFile>,
    /// Finished files on their way to their places, the first one first.
    placing: VecDeque<JoinHandle<Result<()>>>,
    /// Held as long as it works.
    alive: Sender<()>,
}

/// What a task ends with.
pub struct TaskResult {
    pub written: Vec<WrittenFile>,
    /// Rows that were too few for a file.
    pub left: Vec<Piece>,
}

impl FileTask {
    pub fn new(state: Arc<SinkState>, tasks: usize, leaves_few: bool, alive: Sender<()>) -> Self {
        Self {
            state,
            lanes: HashMap::new(),
            tasks,
            leaves_few,
            one_by_one: false,
            written: Vec::new(),
            placing: VecDeque::new(),
            alive,
        }
    }

    /// For rows that are sorted by partition.
    pub fn one_by_one(self) -> Self {
        Self { one_by_one: true, ..self }
    }

    /// Writes all that arrives; blocks.
    pub fn run(mut self, mut pieces: Receiver<Piece>) -> Result<TaskResult> {
        let result = self.take_all(&mut pieces);
        if result.is_err() {
            self.state.stop.set();
        }
        result
    }

    fn take_all(&mut self, pieces: &mut Receiver<Piece>) -> Result<TaskResult> {
        while let Some(piece) = pieces.blocking_recv() {
            self.state.stop.check()?;
            self.add(piece)?;
        }
        self.state.stop.check()?;
        self.finish()
    }

    /// Ends all files.
    pub fn finish(&mut self) -> Result<TaskResult> {
        let mut left = Vec::new();
        if self.leaves_few {
            for lane in self.lanes.values_mut().filter(|lane| lane.file.is_none()) {
                let partition = &lane.partition;
                let piece = |rows| Piece::new(Arc::clone(partition), rows);
                left.extend(lane.waiting.drain(..).map(piece));
                lane.waiting_rows = 0;
            }
        }
        self.end_all()?;
        self.wait_for_places(0)?;
        Ok(TaskResult { written: std::mem::take(&mut self.written), left })
    }

    pub fn add(&mut self, piece: Piece) -> Result<()> {
        let Piece { partition, rows, bytes, held } = piece;
        drop(held);
        let key = Arc::clone(&partition.key);
        if self.one_by_one && !self.lanes.contains_key(&key) {
            self.end_all()?;
        }
        let mut lane = self.lanes.remove(&key).unwrap_or_else(|| Lane {
            partition,
            waiting: Vec::new(),
            waiting_rows: 0,
            waiting_bytes: 0,
            file: None,
            memory: 0,
        });
        let is_held = self.leaves_few && lane.file.is_none();
        let is_shared = self.state.encoding.threads > 1;
        let waits_for_many = is_held || is_shared;
        // What is enough by itself may be a part of a larger batch, which would be kept as a whole.
        let is_enough = !waits_for_many && rows.num_rows() >= FEW_ROWS;
        lane.waiting_rows += rows.num_rows();
        lane.waiting_bytes += bytes;
        lane.waiting.push(rows);
        let (most_rows, most_bytes) = match waits_for_many {
            true => (LEAST_ROWS, LEAST_BYTES),
            false => (ROWS_AT_ONCE, BYTES_AT_ONCE),
        };
        if is_enough || lane.waiting_rows >= most_rows || lane.waiting_bytes >= most_bytes {
            self.encode(&mut lane)?;
        }
        self.count_memory(&mut lane);
        self.lanes.insert(key, lane);
        self.keep_memory_limit()
    }

    /// Ends all partitions, of which no more rows come.
    fn end_all(&mut self) -> Result<()> {
        while let Some(key) = self.lanes.keys().next().cloned() {
            let Some(mut lane) = self.lanes.remove(&key) else { break };
            self.encode(&mut lane)?;
            self.close(&mut lane)?;
        }
        Ok(())
    }

    /// Encodes the rows that wait.
    fn encode(&mut self, lane: &mut Lane) -> Result<()> {
        let mut batches = std::mem::take(&mut lane.waiting);
        let rows = std::mem::take(&mut lane.waiting_rows);
        lane.waiting_bytes = 0;
        if rows == 0 {
            return Ok(());
        }
        if batches.len() > 1 && rows / batches.len() < FEW_ROWS {
            batches = vec![concat_batches(&batches[0].schema(), &batches)?];
        }
        let state = Arc::clone(&self.state);
        let stored =
            batches.iter().map(|batch| stored_batch(&state, batch)).collect::<Result<Vec<_>>>()?;
        let file = match lane.file.take() {
            Some(file) => file,
            None => self.open(&lane.partition, &stored)?,
        };
        let file = lane.file.insert(file);
        for batch in &stored {
            state.wanted.see(batch, &mut file.seen);
        }
        file.writer.write(&stored)?;
        file.num_rows += rows;
        count_work(i64::try_from(rows).unwrap_or(0), 0, 0);
        if file.writer.size() >= state.target_file_size {
            self.close(lane)?;
        }
        Ok(())
    }

    /// Begins the file of a partition, whose first rows are `first`.
    fn open(&self, partition: &Arc<Partition>, first: &[RecordBatch]) -> Result<OpenFile> {
        let location = name_file(&self.state.namer, &partition.values)?;
        let object = self.state.store.open_writer(&location)?;
        let mut locations = self.state.locations.lock().unwrap_or_else(PoisonError::into_inner);
        locations.push(location.clone());
        let (encoding, stop) = (Arc::clone(&self.state.encoding), self.state.stop.clone());
        Ok(OpenFile {
            location,
            partition: Arc::clone(partition),
            writer: ParquetWriter::new(encoding, object, stop, first)?,
            seen: self.state.wanted.nothing_seen(),
            num_rows: 0,
        })
    }

    fn close(&mut self, lane: &mut Lane) -> Result<()> {
        if let Some(file) = lane.file.take() {
            let (parquet, place) = file.writer.finish()?;
            count_work(0, i64::try_from(parquet.size).unwrap_or(0), 1);
            self.place(place, parquet.has_parts)?;
            self.written.push(WrittenFile {
                location: file.location,
                size: parquet.size,
                num_rows: parquet.metadata.file_metadata().num_rows(),
                partition: file.partition,
                statistics: self.state.wanted.of_file(&parquet.metadata, &file.seen),
            });
        }
        self.count_memory(lane);
        self.wait_for_places(PLACED_AT_ONCE)
    }

    /// Brings a finished file to its place, beside others where there are more.
    fn place(
        &mut self,
        file: impl Future<Output = Result<()>> + Send + 'static,
        has_parts: bool,
    ) -> Result<()> {
        let is_alone = self.written.is_empty() && self.lanes.is_empty();
        // Parts need the runtime.
        if is_alone && !has_parts && self.state.store.is_local() {
            return self.state.store.wait(file);
        }
        let alive = self.alive.clone();
        self.placing.push_back(runtime::handle()?.spawn(async move {
            let _alive = alive;
            file.await
        }));
        Ok(())
    }

    /// Waits until at most so many files are on their way.
    fn wait_for_places(&mut self, files: usize) -> Result<()> {
        while self.placing.len() > files {
            let Some(first) = self.placing.pop_front() else { break };
            runtime::wait(async { runtime::joined(first.await) })?;
        }
        Ok(())
    }

    fn count_memory(&self, lane: &mut Lane) {
        let before = lane.memory;
        lane.memory = lane.file.as_ref().map_or(0, |file| file.writer.memory());
        match lane.memory >= before {
            true => self.state.memory.fetch_add(lane.memory - before, Ordering::Relaxed),
            false => self.state.memory.fetch_sub(before - lane.memory, Ordering::Relaxed),
        };
    }

    /// Ends the largest row group where all are too large. Of all tasks one at least has its share then.
    fn keep_memory_limit(&mut self) -> Result<()> {
        let share = self.state.memory_limit / self.tasks.max(1);
        while self.state.memory.load(Ordering::Relaxed) > self.state.memory_limit {
            let own: usize = self.lanes.values().map(|lane| lane.memory).sum();
            let largest = self.lanes.iter().max_by_key(|(_, lane)| lane.memory);
            let Some(key) = largest.map(|(key, _)| Arc::clone(key)).filter(|_| own >= share) else {
                break;
            };
            let Some(mut lane) = self.lanes.remove(&key) else { break };
            if let Some(file) = &mut lane.file {
                file.writer.flush()?;
            }
            let before = lane.memory;
            self.count_memory(&mut lane);
            let is_smaller = lane.memory < before;
            self.lanes.insert(key, lane);
            if !is_smaller {
                break;
            }
        }
        Ok(())
    }
}

/// The columns of rows that files have, as they have them.
fn stored_batch(state: &SinkState, rows: &RecordBatch) -> Result<RecordBatch> {
    let schema = &state.encoding.schema;
    let columns = state.kept.iter().zip(schema.fields());
    let columns = columns
        .map(|(column, field)| retype(rows.column(*column), field.data_type()))
        .collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
}
