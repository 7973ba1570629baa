//! `LogicalExtensionCodec`: how expressions of a session in another library are read here.
//!
//! The usual way asks that session for all its functions, by hundreds of calls across the border, with
//! each expression, and fails once the session is gone. Here its functions are those of this library
//! that have their names.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::{exec_err, TableReference};
use datafusion::error::Result;
use datafusion::execution::{TaskContext, TaskContextProvider};
use datafusion::logical_expr::{
    create_udf, AggregateUDF, ColumnarValue, Extension, LogicalPlan, ScalarUDF, Volatility,
    WindowUDF,
};
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use tokio::runtime::Handle;

use crate::border::error::{code, Error};
use crate::expressions::expression::own_functions;

struct OwnFunctions(Arc<TaskContext>);

impl TaskContextProvider for OwnFunctions {
    fn task_ctx(&self) -> Arc<TaskContext> {
        self.0.clone()
    }
}

/// Handles to it are weak.
static OWN_FUNCTIONS: LazyLock<Arc<dyn TaskContextProvider + Send + Sync>> =
    LazyLock::new(|| Arc::new(OwnFunctions(own_functions())));

/// The host's codec, but for functions that it only names.
#[derive(Debug)]
struct HostCodec(Arc<dyn LogicalExtensionCodec>);

/// The codec for a table that is handed to the host with this one. Refuses a host whose interface is that of
/// another version.
pub fn host_codec(
    host: &FFI_LogicalExtensionCodec,
    runtime: &Handle,
) -> Result<FFI_LogicalExtensionCodec, Error> {
    // SAFETY: every version of the interface has this function, which takes nothing.
    let (version, own) = (unsafe { (host.version)() }, datafusion_ffi::version());
    if version != own {
        let text = format!(
            "Only sessions of DataFusion {own} can read the table; the version of this one is: {version}"
        );
        return Err(Error::new(code::INVALID_ARGUMENT, text));
    }
    let codec = Arc::new(HostCodec(host.into()));
    let functions: Arc<dyn TaskContextProvider> = OWN_FUNCTIONS.clone();
    Ok(FFI_LogicalExtensionCodec::new(codec, Some(runtime.clone()), &functions))
}

/// A function that only the host has. It counts as volatile, so that no filter with it is taken.
fn unknown_function(name: &str) -> ScalarUDF {
    let text = name.to_string();
    let call = move |_: &[ColumnarValue]| exec_err!("The function is the host's: {text}");
    create_udf(name, Vec::new(), DataType::Boolean, Volatility::Volatile, Arc::new(call))
}

impl LogicalExtensionCodec for HostCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[LogicalPlan],
        context: &TaskContext,
    ) -> Result<Extension> {
        self.0.try_decode(buf, inputs, context)
    }

    fn try_encode(&self, node: &Extension, buf: &mut Vec<u8>) -> Result<()> {
        self.0.try_encode(node, buf)
    }

    fn try_decode_table_provider(
        &self,
        buf: &[u8],
        name: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        self.0.try_decode_table_provider(buf, name, schema, context)
    }

    fn try_encode_table_provider(
        &self,
        name: &TableReference,
        table: Arc<dyn TableProvider>,
        buf: &mut Vec<u8>,
    ) -> Result<()> {
        self.0.try_encode_table_provider(name, table, buf)
    }

    fn try_decode_udf(&self, name: &str, buf: &[u8]) -> Result<Arc<ScalarUDF>> {
        if buf.is_empty() {
            return Ok(Arc::new(unknown_function(name)));
        }
        self.0.try_decode_udf(name, buf)
    }

    fn try_encode_udf(&self, function: &ScalarUDF, buf: &mut Vec<u8>) -> Result<()> {
        self.0.try_encode_udf(function, buf)
    }

    fn try_decode_udaf(&self, name: &str, buf: &[u8]) -> Result<Arc<AggregateUDF>> {
        self.0.try_decode_udaf(name, buf)
    }

    fn try_encode_udaf(&self, function: &AggregateUDF, buf: &mut Vec<u8>) -> Result<()> {
        self.0.try_encode_udaf(function, buf)
    }

    fn try_decode_udwf(&self, name: &str, buf: &[u8]) -> Result<Arc<WindowUDF>> {
        self.0.try_decode_udwf(name, buf)
    }

    fn try_encode_udwf(&self, function: &WindowUDF, buf: &mut Vec<u8>) -> Result<()> {
        self.0.try_encode_udwf(function, buf)
    }
}

#[cfg(test)]
mod tests {
    use datafusion_proto::logical_plan::DefaultLogicalExtensionCodec;

    use super::*;

    extern "C" fn next_version() -> u64 {
        datafusion_ffi::version() + 1
    }

    #[test]
    fn a_host_of_another_version_is_refused() -> Result<()> {
        let functions: Arc<dyn TaskContextProvider> = OWN_FUNCTIONS.clone();
        let codec = Arc::new(DefaultLogicalExtensionCodec {});
        let mut host = FFI_LogicalExtensionCodec::new(codec, None, &functions);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        assert!(host_codec(&host, runtime.handle()).is_ok());
        host.version = next_version;
        let refused = host_codec(&host, runtime.handle()).err();
        assert_eq!(refused.map(|error| error.code().to_string()), Some("invalid_argument".into()));
        Ok(())
    }
}
