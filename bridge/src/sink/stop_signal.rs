//! Tells all parts of a sink to stop.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;

use crate::border::error::{code, Error, Result};

#[derive(Clone)]
pub struct StopSignal(Arc<watch::Sender<bool>>);

impl Default for StopSignal {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl StopSignal {
    pub fn set(&self) {
        self.0.send_replace(true);
    }

    pub fn check(&self) -> Result<()> {
        match *self.0.borrow() {
            true => Err(stopped()),
            false => Ok(()),
        }
    }

    /// Does the work of `future` unless it is stopped before its end.
    pub async fn or_stop<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        let mut signal = self.0.subscribe();
        tokio::select! {
            biased;
            _ = signal.wait_for(|stop| *stop) => Err(stopped()),
            result = future => result,
        }
    }
}

fn stopped() -> Error {
    Error::new(code::CANCELLED, "The work was cancelled.")
}
