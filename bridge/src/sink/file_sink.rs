//! Rows of a query as Parquet files: every partition of the plan is checked and split where it is made, and
//! encoded by tasks on threads of their own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{execute_stream_partitioned, ExecutionPlan};
use futures::StreamExt;
use tokio::sync::mpsc::{channel, Receiver, Sender};
use tokio::task::JoinSet;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::border::runtime;
use crate::columnar::arrow_border::{export_batch, import_schema};
use crate::expressions::cancellation_point::{make_stoppable, StopOnDrop};
use crate::expressions::expression::ExpressionList;
use crate::ffi::bridge::{ArrowArray, ArrowSchema, FileSink};
use crate::frames::data_frame::Frame;
use crate::sink::byte_budget::ByteBudget;
use crate::sink::file_statistics::WantedStatistics;
use crate::sink::file_task::{FileTask, Piece, SinkState, TaskResult, WrittenFile};
use crate::sink::overflow::{pass_sorted, sorted_rows};
use crate::sink::parquet_writer::Encoding;
use crate::sink::partition::{Partition, PartitionRoutes, PartitionSplitter};
use crate::sink::router::{Router, Tasks};
use crate::sink::row_check::RowCheck;
use crate::sink::stop_signal::StopSignal;
use crate::sink::stored_schema::{leaves, stored_schema};
use crate::sink::writer_properties::{says_dictionaries, writer_properties};
use crate::sink::written_files::written_files;
use crate::store::object_store::Store;

/// Batches on their way to a task, and bytes on their way to all.
const WAITING: usize = 4;
const WAITING_BYTES: usize = 32 << 20;
/// Pieces of partitions on their way to a task: so many that it has work while more rows are split.
const WAITING_PIECES: usize = 128;
/// How long a caller waits until what was written is removed again; that goes on without it.
const LONGEST_REMOVAL: Duration = Duration::from_secs(20);

/// What is the same for every run of a sink.
struct Description {
    check: RowCheck,
    /// The positions of columns that are constant in a file.
    partition_columns: Vec<usize>,
    properties: parquet::file::properties::WriterPropertiesPtr,
    chooses_dictionaries: bool,
    stored: SchemaRef,
    kept: Vec<usize>,
    max_open_files: usize,
}

fn positive(what: &str, value: i64) -> Result<usize> {
    usize::try_from(value).ok().filter(|value| *value > 0).ok_or_else(|| {
        Error::new(code::INVALID_ARGUMENT, format!("{what} is not above 0: {value}"))
    })
}

fn describe(
    schema: &Schema,
    stored: Option<&Schema>,
    checks: &ExpressionList,
    sink: &FileSink,
) -> Result<Description> {
    let conditions = sink.check_names.iter().cloned().zip(checks.0.iter().cloned()).collect();
    let position = |name: &String| {
        schema.index_of(name).map_err(|_| {
            let message = format!("There is no such partition column in the rows: {name}");
            Error::new(code::INVALID_ARGUMENT, message)
        })
    };
    let partition_columns =
        sink.partition_columns.iter().map(position).collect::<Result<Vec<_>>>()?;
    let columns = 0..schema.fields().len();
    let kept: Vec<_> = columns.filter(|column| !partition_columns.contains(column)).collect();
    if kept.is_empty() {
        let message = "A file needs a column that is no partition column.";
        return Err(Error::new(code::INVALID_ARGUMENT, message));
    }
    let stored = stored_schema(schema, &partition_columns, stored)?;
    let fields: Vec<_> = kept.iter().map(|column| schema.fields()[*column].clone()).collect();
    let leaves = leaves(&fields, &stored);
    Ok(Description {
        check: RowCheck::new(schema, conditions)?,
        properties: Arc::new(writer_properties(&sink.properties, &sink.created_by, &leaves)?),
        chooses_dictionaries: !says_dictionaries(&sink.properties),
        partition_columns,
        stored,
        kept,
        max_open_files: positive("The number of open files", sink.max_open_files)?,
    })
}

/// # Safety
/// `schema` and, unless it is null, `stored` point to valid schemas, which are taken over. `schema_out` and
/// `out` point to memory for a schema and an array.
#[allow(clippy::too_many_arguments)]
pub unsafe fn write_files(
    frame: &Frame,
    store: &Store,
    schema: *mut ArrowSchema,
    stored: *mut ArrowSchema,
    checks: &ExpressionList,
    sink: FileSink,
    schema_out: *mut ArrowSchema,
    out: *mut ArrowArray,
) -> Result<()> {
    guard(|| {
        let schema = import_schema(schema)?;
        let stored = if stored.is_null() { None } else { Some(import_schema(stored)?) };
        store.birthplace().check()?;
        let (session, query) = frame.parts()?;
        let description = Arc::new(describe(&schema, stored.as_deref(), checks, &sink)?);
        let paths: Vec<_> = sink.statistics.iter().map(|path| path.names.clone()).collect();
        let rows = Arc::clone(description.check.schema());
        let partition_schema = Arc::new(rows.project(&description.partition_columns)?);
        let (plan, context) = runtime::wait(runtime::spawn(async move {
            let context = session.task_ctx();
            Ok::<_, Error>((session.create_physical_plan(&query).await?, context))
        }))?;
        description.check.accept(&plan.schema())?;
        let is_partitioned = !description.partition_columns.is_empty();
        let num_inputs = plan.properties().partitioning.partition_count();
        let state = Arc::new(SinkState {
            store: store.clone(),
            namer: sink.namer.clone(),
            encoding: Arc::new(Encoding {
                schema: Arc::clone(&description.stored),
                properties: Arc::clone(&description.properties),
                chooses_dictionaries: description.chooses_dictionaries,
                threads: match !is_partitioned && num_inputs == 1 {
                    true => runtime::worker_threads(),
                    false => 1,
                },
            }),
            wanted: WantedStatistics::new(&paths, &rows, &description.kept)?,
            kept: description.kept.clone(),
            target_file_size: positive("The size of files", sink.target_file_size)?,
            memory_limit: positive("The memory limit", sink.memory_limit)?,
            memory: AtomicUsize::new(0),
            locations: Mutex::default(),
            stop: StopSignal::default(),
        });
        let (alive, ended) = channel(1);
        let run = SinkRun { description, state: Arc::clone(&state), context, alive };
        match runtime::wait(runtime::spawn(run.write(plan))) {
            Ok(files) => {
                let partition = is_partitioned.then_some(&partition_schema);
                let files = written_files(&files, partition, &state.wanted)?;
                export_batch(files, schema_out, out)
            }
            Err(error) => {
                state.stop.set();
                remove_files(&state, ended)?;
                Err(error)
            }
        }
    })
}

/// Removes all files that were begun, once no task works any more. That they are left is no reason to hide
/// the first error.
fn remove_files(state: &Arc<SinkState>, mut ended: Receiver<()>) -> Result<()> {
    let state = Arc::clone(state);
    runtime::wait_at_most(LONGEST_REMOVAL, async move {
        while ended.recv().await.is_some() {}
        let locations =
            std::mem::take(&mut *state.locations.lock().unwrap_or_else(PoisonError::into_inner));
        let _ = state.store.remove_all(locations).await;
    })
}

struct SinkRun {
    description: Arc<Description>,
    state: Arc<SinkState>,
    context: Arc<TaskContext>,
    /// Held by every task as long as it works.
    alive: Sender<()>,
}

impl SinkRun {
    async fn write(self, plan: Arc<dyn ExecutionPlan>) -> Result<Vec<WrittenFile>> {
        let stop = StopOnDrop::default();
        let plan = make_stoppable(plan, &stop)?;
        let inputs = execute_stream_partitioned(plan, Arc::clone(&self.context))?;
        let is_partitioned = !self.description.partition_columns.is_empty();
        let num_tasks = match is_partitioned {
            true => runtime::worker_threads(),
            false => inputs.len().min(self.description.max_open_files),
        };
        let mut work = Work::default();
        let mut senders = Vec::with_capacity(num_tasks);
        for index in 0..num_tasks {
            let (sender, pieces) = channel(match is_partitioned {
                true => WAITING_PIECES,
                false => WAITING,
            });
            let leaves_few = !is_partitioned && num_tasks > 1;
            let task = self.task(num_tasks, leaves_few);
            self.start(&mut work, index, task, pieces);
            senders.push(sender);
        }
        let rows = Arc::new(AtomicUsize::new(0));
        let tasks = Tasks { senders, budget: ByteBudget::new(WAITING_BYTES) };
        match is_partitioned {
            true => self.start_splitting(&mut work, inputs, tasks, &rows)?,
            false => self.start_passing(&mut work, inputs, tasks, &rows)?,
        }
        let results = work.finish(&self.state.stop).await?;
        drop(stop);
        let files = self.write_left(results).await?;
        let written: i64 = files.iter().map(|file| file.num_rows).sum();
        let rows = rows.load(Ordering::Relaxed);
        match usize::try_from(written) == Ok(rows) {
            true => Ok(files),
            false => {
                let message = format!("Of {rows} rows the files hold {written}.");
                Err(Error::new(code::INTERNAL, message))
            }
        }
    }

    fn task(&self, tasks: usize, leaves_few: bool) -> FileTask {
        FileTask::new(Arc::clone(&self.state), tasks, leaves_few, self.alive.clone())
    }

    fn start(&self, work: &mut Work, index: usize, task: FileTask, pieces: Receiver<Piece>) {
        work.tasks.spawn(async move {
            Ok((index, runtime::spawn_blocking(move || task.run(pieces)).await?))
        });
    }

    fn start_passing(
        &self,
        work: &mut Work,
        inputs: Vec<SendableRecordBatchStream>,
        tasks: Tasks,
        rows: &Arc<AtomicUsize>,
    ) -> Result<()> {
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let nothing = Arc::new(Schema::empty());
        let values = RecordBatch::try_new_with_options(nothing, vec![], &options)?;
        let whole = Arc::new(Partition { key: Arc::from([]), values });
        for (index, input) in inputs.into_iter().enumerate() {
            let task = index % tasks.senders.len();
            let router = Router::whole(tasks.clone(), task, Arc::clone(&whole));
            self.feed(work, input, router, rows);
        }
        Ok(())
    }

    fn start_splitting(
        &self,
        work: &mut Work,
        inputs: Vec<SendableRecordBatchStream>,
        tasks: Tasks,
        rows: &Arc<AtomicUsize>,
    ) -> Result<()> {
        let num_tasks = tasks.senders.len();
        let (schema, columns) =
            (self.description.check.schema(), &self.description.partition_columns);
        let memory = self.state.memory_limit;
        let (overflow, sorted) = sorted_rows(schema, columns, &self.context, memory)?;
        let (sender, pieces) = channel(WAITING);
        let task = self.task(num_tasks, false).one_by_one();
        self.start(work, num_tasks, task, pieces);
        work.feeders.spawn(pass_sorted(sorted, columns.clone(), sender));
        let routes = PartitionRoutes::new(num_tasks, self.description.max_open_files);
        let routes = Arc::new(routes);
        for input in inputs {
            let splitter = PartitionSplitter::new(schema, columns, Arc::clone(&routes))?;
            let router = Router::split(tasks.clone(), splitter, overflow.clone());
            self.feed(work, input, router, rows);
        }
        Ok(())
    }

    /// Has a part of the plan checked and sent on.
    fn feed(
        &self,
        work: &mut Work,
        mut input: SendableRecordBatchStream,
        mut router: Router,
        rows: &Arc<AtomicUsize>,
    ) {
        let (description, rows) = (Arc::clone(&self.description), Arc::clone(rows));
        work.feeders.spawn(async move {
            while let Some(batch) = input.next().await {
                let batch = description.check.checked(&batch?)?;
                if batch.num_rows() == 0 {
                    continue;
                }
                rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
                // Where a task takes no more it has failed, and tells why.
                if router.take(batch).await?.is_none() {
                    return Ok(());
                }
            }
            router.finish().await
        });
    }

    /// Writes what was too little for a file of its own.
    async fn write_left(&self, mut results: Vec<(usize, TaskResult)>) -> Result<Vec<WrittenFile>> {
        results.sort_by_key(|(index, _)| *index);
        let mut files = Vec::new();
        let mut left = Vec::new();
        for (_, result) in results {
            files.extend(result.written);
            left.extend(result.left);
        }
        if left.is_empty() {
            return Ok(files);
        }
        let mut task = self.task(1, false);
        let last = runtime::spawn_blocking(move || {
            for piece in left {
                task.add(piece)?;
            }
            task.finish()
        });
        files.extend(last.await?.written);
        Ok(files)
    }
}

/// All that runs at a time.
#[derive(Default)]
struct Work {
    feeders: JoinSet<Result<()>>,
    tasks: JoinSet<Result<(usize, TaskResult)>>,
}

impl Work {
    /// Waits for all; an error stops all.
    async fn finish(mut self, stop: &StopSignal) -> Result<Vec<(usize, TaskResult)>> {
        let mut results = Vec::new();
        let mut failure: Option<Error> = None;
        loop {
            let result = tokio::select! {
                Some(fed) = self.feeders.join_next() => runtime::joined(fed),
                Some(task) = self.tasks.join_next() => {
                    runtime::joined(task).map(|result| results.push(result))
                }
                else => break,
            };
            if let Err(error) = result {
                stop.set();
                self.feeders.abort_all();
                // Of the others most say no more than that they were stopped.
                if failure.as_ref().is_none_or(|first| first.code() == code::CANCELLED) {
                    failure = Some(error);
                }
            }
        }
        failure.map_or(Ok(results), Err)
    }
}
