//! Work that goes on after the stream of a plan has ended: what was cancelled still cleans up. Plans find
//! the one of their run as an extension of its configuration.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long the end is waited for; the work goes on without that.
const LONGEST_END: Duration = Duration::from_secs(20);

/// The work of one run.
#[derive(Default)]
pub struct RunningWork(Mutex<Vec<Weak<()>>>);

impl RunningWork {
    /// Work goes on as long as what is returned is held.
    pub fn begin(&self) -> Arc<()> {
        let work = Arc::default();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::downgrade(&work));
        work
    }

    pub fn wait_for_end(&self) {
        let begin = Instant::now();
        while self.is_running() && begin.elapsed() < LONGEST_END {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn is_running(&self) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().any(|work| work.strong_count() > 0)
    }
}
