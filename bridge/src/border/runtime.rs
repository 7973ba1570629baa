//! One tokio runtime a process, made when first needed and never torn down.

use std::future::Future;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

use crate::border::blocking_threads::BlockingThreads;
use crate::border::error::{code, no_threads, Error, Result};
use crate::border::guard::{guard, panic_error};
use crate::border::start_gate::StartGate;
use crate::ffi::bridge::cancel_requested;

struct ProcessRuntime {
    pid: u32,
    runtime: Runtime,
    blocking: BlockingThreads,
}

/// An atomic pointer, not a lock: after fork() a lock may be held for ever.
static RUNTIME: AtomicPtr<ProcessRuntime> = AtomicPtr::new(null_mut());

/// Plans recurse as deep as expressions nest, and a chain of ORs nests as deep as it is long. The
/// memory is taken only where it is used.
const STACK_BYTES: usize = 32 << 20;

/// How often a waiting thread asks whether to go on.
const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// The number of worker threads: `DELTAIC_THREADS`, or the cores.
pub fn worker_threads() -> usize {
    std::env::var("DELTAIC_THREADS")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|threads| *threads > 0)
        .unwrap_or_else(cores)
}

/// To count them takes a dozen requests to the system.
fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |cores| cores.get()))
}

/// A runtime, all of whose threads are there.
fn make_runtime(workers: usize) -> Result<Runtime> {
    let gate = Arc::new(StartGate::default());
    let at_gate = gate.clone();
    gate.open_after(|| {
        Builder::new_multi_thread()
            .worker_threads(workers)
            .thread_name("deltaic")
            .thread_stack_size(STACK_BYTES)
            .on_thread_start(move || at_gate.pass())
            .enable_all()
            .build()
    })
}

/// A runtime with fewer threads where there are no more, and with at least one.
fn make_affordable_runtime() -> Result<Runtime> {
    /// The system needs a moment to let go of threads that have ended.
    const LAST_TRIES: u32 = 5;
    const MOMENT: Duration = Duration::from_millis(2);
    let mut workers = worker_threads();
    let mut last_tries = 0;
    loop {
        match make_runtime(workers) {
            Err(error) if error.code() == code::RESOURCES_EXHAUSTED && last_tries < LAST_TRIES => {
                last_tries += u32::from(workers == 1);
                workers = (workers / 2).max(1);
                std::thread::sleep(MOMENT);
            }
            result => return result,
        }
    }
}

fn current() -> Result<&'static ProcessRuntime> {
    let pid = std::process::id();
    let found = RUNTIME.load(Ordering::Acquire);
    // SAFETY: what the pointer once pointed to is never freed.
    if let Some(process) = unsafe { found.as_ref() } {
        if process.pid == pid {
            return Ok(process);
        }
    }
    let runtime = make_affordable_runtime()?;
    let blocking = BlockingThreads::new(STACK_BYTES);
    let made = Box::into_raw(Box::new(ProcessRuntime { pid, runtime, blocking }));
    match RUNTIME.compare_exchange(found, made, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Ok(unsafe { &*made }),
        Err(_) => {
            // Another thread was first. Ours has run nothing yet.
            let lost = unsafe { Box::from_raw(made) };
            lost.runtime.shutdown_background();
            current()
        }
    }
}

pub fn handle() -> Result<&'static Handle> {
    Ok(current()?.runtime.handle())
}

/// Remembers the process in which a handle was made: its threads do not survive a fork().
#[derive(Debug, Clone, Copy)]
pub struct Birthplace(u32);

impl Birthplace {
    pub fn here() -> Self {
        Self(std::process::id())
    }

    pub fn check(&self) -> Result<()> {
        if self.0 == std::process::id() {
            return Ok(());
        }
        Err(Error::new(
            code::FORKED,
            "This object was made before the process forked and does not work in the child; open it anew.",
        ))
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls `future` on this thread. The thread wakes up by its own clock to ask whether to go on: the
/// runtime's timers stand still while all its workers compute.
fn poll_to_end<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    let mut asked = Instant::now();
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return result;
        }
        std::thread::park_timeout(CANCEL_INTERVAL);
        if asked.elapsed() >= CANCEL_INTERVAL {
            if cancel_requested() {
                return Err(Error::new(code::CANCELLED, "The work was cancelled."));
            }
            asked = Instant::now();
        }
    }
}

/// Waits on the calling thread for `future`, obeying the thread's cancel scope.
pub fn wait<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    // On a thread of the runtime (a callback that calls back) the other tasks must go on.
    if Handle::try_current().is_ok() {
        return tokio::task::block_in_place(|| poll_to_end(future));
    }
    let _runtime = handle()?.enter();
    poll_to_end(future)
}

/// Waits for the end of `future`, whatever the thread's cancel scope says. After that long the future goes
/// on alone.
pub fn wait_at_most(
    limit: Duration,
    future: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let (sender, ended) = std::sync::mpsc::channel();
    handle()?.spawn(async move {
        future.await;
        let _ = sender.send(());
    });
    let receive = || {
        let _ = ended.recv_timeout(limit);
    };
    match Handle::try_current().is_ok() {
        true => tokio::task::block_in_place(receive),
        false => receive(),
    }
    Ok(())
}

/// As `wait`, for the work of a store. Where its objects are files of the local system, `object_store`
/// does it on the thread that polls if there is no runtime around it, which spares two changes of thread
/// a file.
pub fn wait_for_store<T>(is_local: bool, future: impl Future<Output = Result<T>>) -> Result<T> {
    match is_local && Handle::try_current().is_err() {
        true => poll_to_end(future),
        false => wait(future),
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn join<T>(task: JoinHandle<Result<T>>) -> Result<T> {
    let mut task = AbortOnDrop(task);
    joined((&mut task.0).await)
}

/// What a task ended with.
pub fn joined<T>(result: std::result::Result<Result<T>, JoinError>) -> Result<T> {
    match result {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(panic_error(error.into_panic().as_ref())),
        Err(_) => Err(Error::new(code::CANCELLED, "The work was cancelled.")),
    }
}

/// Runs `future` on the runtime's threads, whichever runtime polls the result: a thread that waits stays
/// free to notice a cancel, and a panic becomes an error. Dropping the result stops the work.
pub async fn spawn<T, E>(
    future: impl Future<Output = std::result::Result<T, E>> + Send + 'static,
) -> Result<T>
where
    T: Send + 'static,
    E: Into<Error>,
{
    join(handle()?.spawn(async { future.await.map_err(Into::into) })).await
}

/// Runs `body` on a thread where it may block and call back.
pub async fn spawn_blocking<T: Send + 'static>(
    body: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (sender, result) = oneshot::channel();
    let job = move || {
        // Nobody may wait for it any more.
        if !sender.is_closed() {
            let _ = sender.send(guard(body));
        }
    };
    current()?.blocking.start(Box::new(job)).map_err(|(_, error)| no_threads(error))?;
    result.await.unwrap_or_else(|_| Err(Error::new(code::CANCELLED, "The work was cancelled.")))
}

/// Runs `read`, which works on local files and waits for nothing else: beside the thread that polls where
/// that is one of a runtime, if there is a thread for it.
pub async fn read_files<T: Send + 'static>(
    read: impl FnOnce() -> object_store::Result<T> + Send + 'static,
) -> object_store::Result<T> {
    if Handle::try_current().is_err() {
        return read();
    }
    let failed =
        |error: Error| object_store::Error::Generic { store: "local", source: error.into() };
    let (sender, result) = oneshot::channel();
    let job = move || {
        if !sender.is_closed() {
            let _ = sender.send(guard(|| Ok(read())));
        }
    };
    if let Err((job, _)) = current().map_err(failed)?.blocking.start(Box::new(job)) {
        job();
    }
    match result.await {
        Ok(read) => read.map_err(failed)?,
        Err(_) => Err(failed(Error::new(code::CANCELLED, "The work was cancelled."))),
    }
}
