//! A record batch on its way from C++, for callbacks that return one.

use datafusion::arrow::array::RecordBatch;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::import_batch;
use crate::ffi::bridge::{ArrowArray, ArrowSchema};

#[derive(Default)]
pub struct BatchReceiver(Option<RecordBatch>);

impl BatchReceiver {
    /// # Safety
    /// They point to a valid schema and a struct array of it; both are taken over.
    pub unsafe fn receive(
        &mut self,
        schema: *mut ArrowSchema,
        rows: *mut ArrowArray,
    ) -> Result<()> {
        guard(|| {
            self.0 = Some(import_batch(schema, rows)?);
            Ok(())
        })
    }

    /// What has arrived, which may be nothing.
    pub fn take_any(self) -> Option<RecordBatch> {
        self.0
    }

    pub fn take(self) -> Result<RecordBatch> {
        self.0.ok_or_else(|| Error::new(code::INTERNAL, "No record batch arrived."))
    }
}
