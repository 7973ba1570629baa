//! Threads for work that may block. Those of tokio would keep work in a queue where the system gives no
//! more threads, for a thread that may never come; these say so.

use std::collections::VecDeque;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// How long a thread waits for work before it ends.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Threads that wait for one.
    idle: usize,
}

pub struct BlockingThreads {
    state: Mutex<State>,
    work: Condvar,
    stack_bytes: usize,
}

impl BlockingThreads {
    pub fn new(stack_bytes: usize) -> Self {
        Self { state: Mutex::default(), work: Condvar::new(), stack_bytes }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `job`, which must not panic, on a thread of its own, or gives it back where there is none.
    pub fn start(&'static self, job: Job) -> Result<(), (Job, io::Error)> {
        let mut state = self.state();
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            self.work.notify_one();
            return Ok(());
        }
        let thread = Builder::new().name("deltaic-blocking".into()).stack_size(self.stack_bytes);
        match thread.spawn(move || self.work()) {
            Ok(_) => Ok(()),
            Err(error) => match state.jobs.pop_back() {
                Some(job) => Err((job, error)),
                None => Ok(()),
            },
        }
    }

    fn work(&self) {
        let mut state = self.state();
        loop {
            while let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state();
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, KEEP_ALIVE);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if timeout.timed_out() && state.jobs.is_empty() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn threads(stack_bytes: usize) -> &'static BlockingThreads {
        Box::leak(Box::new(BlockingThreads::new(stack_bytes)))
    }

    #[test]
    fn jobs_that_wait_for_each_other_run_side_by_side() {
        let threads = threads(1 << 20);
        for _ in 0..3 {
            let (sender, receiver) = mpsc::channel();
            let (done, all_done) = mpsc::channel();
            let waits = move || done.send(receiver.recv()).unwrap();
            assert!(threads.start(Box::new(waits)).is_ok());
            assert!(threads.start(Box::new(move || sender.send(7).unwrap())).is_ok());
            assert_eq!(all_done.recv_timeout(Duration::from_secs(60)).unwrap(), Ok(7));
        }
    }

    #[test]
    fn a_job_without_a_thread_is_given_back() {
        // No stack can be as large.
        let threads = threads(1 << 60);
        let (sender, receiver) = mpsc::channel();
        let refused = threads.start(Box::new(move || sender.send(7).unwrap()));
        let (job, _) = refused.err().unwrap();
        assert!(threads.state().jobs.is_empty());
        job();
        assert_eq!(receiver.recv(), Ok(7));
    }
}
