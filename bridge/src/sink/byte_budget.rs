//! A bound for rows on their way from one thread to another, by their bytes.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::DataType;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::border::error::{code, Error, Result};

/// Bytes that one permit of the semaphore is for.
const UNIT: usize = 1 << 10;

#[derive(Clone)]
pub struct ByteBudget {
    permits: Arc<Semaphore>,
    units: usize,
}

/// Bytes that are taken until it is dropped.
pub type HeldBytes = OwnedSemaphorePermit;

impl ByteBudget {
    pub fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { permits: Arc::new(Semaphore::new(units)), units }
    }

    /// Waits until there is room. What is more than all waits until it is alone.
    pub async fn take(&self, bytes: usize) -> Result<HeldBytes> {
        let units = u32::try_from(bytes.div_ceil(UNIT).min(self.units)).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.permits).acquire_many_owned(units).await;
        taken.map_err(|error| Error::new(code::INTERNAL, error.to_string()))
    }
}

/// Bytes of the rows themselves, whatever else their buffers hold.
pub fn bytes_of(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| array_bytes(column.as_ref())).sum()
}

fn array_bytes(array: &dyn Array) -> usize {
    let counted = array.to_data().get_slice_memory_size();
    let counted = counted.unwrap_or_else(|_| array.get_array_memory_size());
    // Of views the texts are not counted there.
    counted
        + match array.data_type() {
            DataType::Utf8View => array.as_string_view().total_buffer_bytes_used(),
            DataType::BinaryView => array.as_binary_view().total_buffer_bytes_used(),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn what_does_not_fit_waits_and_what_is_too_large_goes_alone() {
        let budget = ByteBudget::new(10 * UNIT);
        let first = budget.take(6 * UNIT).now_or_never().unwrap().unwrap();
        assert!(budget.take(5 * UNIT).now_or_never().is_none());
        assert!(budget.take(100 * UNIT).now_or_never().is_none());
        let second = budget.take(4 * UNIT).now_or_never().unwrap().unwrap();
        drop((first, second));
        let all = budget.take(100 * UNIT).now_or_never().unwrap().unwrap();
        assert!(budget.take(1).now_or_never().is_none());
        drop(all);
        assert!(budget.take(1).now_or_never().is_some());
    }
}
