//! `FFI_TableProvider` and `FFI_ScalarUDF`: a table and functions for a DataFusion in another library.

use std::sync::Arc;

use cxx::SharedPtr;
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_ffi::table_provider::FFI_TableProvider;
use datafusion_ffi::udf::FFI_ScalarUDF;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::border::runtime;
use crate::ffi::bridge::TableCallback;
use crate::foreign::host_codec::host_codec;
use crate::foreign::host_session::export;
use crate::tables::table_provider::CallbackTable;
use crate::variant::variant_functions;

/// # Safety
/// `logical_codec` is the address of a valid `FFI_LogicalExtensionCodec`.
pub unsafe fn make_table_provider(
    table: SharedPtr<TableCallback>,
    logical_codec: usize,
) -> Result<usize> {
    guard(|| {
        let codec = logical_codec as *const FFI_LogicalExtensionCodec;
        let codec = codec.as_ref().cloned().ok_or_else(|| {
            Error::new(code::INVALID_ARGUMENT, "The session offers no logical codec.")
        })?;
        let runtime = runtime::handle()?;
        let table = Arc::new(CallbackTable::new(table)?);
        let provider = export(table, host_codec(&codec, runtime)?);
        Ok(Box::into_raw(Box::new(provider)) as usize)
    })
}

/// # Safety
/// `provider` is what `make_table_provider` returned, once.
pub unsafe fn free_table_provider(provider: usize) {
    drop(Box::from_raw(provider as *mut FFI_TableProvider));
}

/// The names of our scalar functions.
pub fn scalar_function_names() -> Vec<String> {
    variant_functions().iter().map(|function| function.name().to_string()).collect()
}

/// The function of that name.
pub fn make_scalar_function(name: &str) -> Result<usize> {
    guard(|| {
        let function = variant_functions().into_iter().find(|function| function.name() == name);
        let missing = || Error::new(code::INVALID_ARGUMENT, format!("No such function: {name}"));
        Ok(Box::into_raw(Box::new(FFI_ScalarUDF::from(function.ok_or_else(missing)?))) as usize)
    })
}

/// # Safety
/// `function` is what `make_scalar_function` returned, once.
pub unsafe fn free_scalar_function(function: usize) {
    drop(Box::from_raw(function as *mut FFI_ScalarUDF));
}

/// The major version of DataFusion, to which the interface is tied.
pub fn datafusion_major_version() -> i32 {
    i32::try_from(datafusion_ffi::version()).unwrap_or(i32::MAX)
}
