//! `StreamingTable`: rows that C++ makes when a query asks for them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cxx::SharedPtr;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ffi::FFI_ArrowSchema;
use datafusion::arrow::ffi_stream::FFI_ArrowArrayStream;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::ExecutionPlan;
use futures::stream::try_unfold;

use crate::border::error::{Error, Result};
use crate::border::runtime;
use crate::columnar::arrow_border::{import_schema, import_stream};
use crate::columnar::imported_array::ImportedStream;
use crate::ffi::bridge::{ArrowArrayStream, ArrowSchema, RowsCallback};

#[derive(Clone)]
struct Rows {
    callback: SharedPtr<RowsCallback>,
    schema: SchemaRef,
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("schema", &self.schema).finish_non_exhaustive()
    }
}

fn open(callback: &RowsCallback) -> Result<ImportedStream> {
    let mut stream = FFI_ArrowArrayStream::empty();
    let out: *mut ArrowArrayStream = std::ptr::from_mut(&mut stream).cast();
    unsafe {
        callback.open(out)?;
        import_stream(out)
    }
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let callback = self.callback.clone();
        let batches = try_unfold(None, move |reader: Option<ImportedStream>| {
            let callback = callback.clone();
            let step = runtime::spawn_blocking(move || {
                let mut reader = match reader {
                    Some(reader) => reader,
                    None => open(&callback)?,
                };
                let batch = reader.next().transpose()?;
                Ok(batch.map(|batch| (batch, Some(reader))))
            });
            async move { step.await.map_err(DataFusionError::from) }
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

#[derive(Debug)]
pub struct RowTable {
    table: StreamingTable,
}

impl RowTable {
    pub fn new(callback: SharedPtr<RowsCallback>) -> Result<Self> {
        let mut schema = FFI_ArrowSchema::empty();
        let out: *mut ArrowSchema = std::ptr::from_mut(&mut schema).cast();
        let missing =
            || Error::new(crate::border::error::code::INTERNAL, "A function yields no rows.");
        let schema = unsafe {
            callback.as_ref().ok_or_else(missing)?.export_schema(out)?;
            import_schema(out)?
        };
        let rows = Arc::new(Rows { callback, schema: schema.clone() });
        Ok(Self { table: StreamingTable::try_new(schema, vec![rows])? })
    }
}

#[async_trait]
impl TableProvider for RowTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        self.table.scan(session, projection, filters, limit).await
    }
}
