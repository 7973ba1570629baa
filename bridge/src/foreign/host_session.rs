//! A table for a session in another library, of which a scan sees the settings and no functions: to copy
//! some hundreds of them, each by several calls across the border, costs more than a small query.
//!
//! datafusion-ffi has no door for this: the functions that are replaced here stand in hidden fields, which
//! are reached by their places. Its types are `repr(C)`, being an interface between libraries; the places
//! are those of the version that Cargo.toml names exactly. What can be seen of them is checked here: when
//! compiled, and of a session whenever one arrives. One that looks otherwise is scanned in the usual way.

use std::ffi::c_void;
use std::mem::{align_of, offset_of, size_of};
use std::ptr;
use std::sync::Arc;

use async_ffi::FfiFuture;
use datafusion::catalog::TableProvider;
use datafusion_ffi::execution_plan::FFI_ExecutionPlan;
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_ffi::proto::physical_extension_codec::FFI_PhysicalExtensionCodec;
use datafusion_ffi::table_provider::FFI_TableProvider;
use datafusion_ffi::udaf::FFI_AggregateUDF;
use datafusion_ffi::udf::FFI_ScalarUDF;
use datafusion_ffi::udwf::FFI_WindowUDF;
use datafusion_ffi::util::{FFI_Option, FFI_Result};
use stabby::string::String as SString;
use stabby::vec::Vec as SVec;

/// A function that is neither called nor replaced here.
type Kept = unsafe extern "C" fn();

type Named<T> = SVec<(SString, T)>;

type Scan = unsafe extern "C" fn(
    &FFI_TableProvider,
    HostSession,
    FFI_Option<SVec<usize>>,
    SVec<u8>,
    FFI_Option<usize>,
) -> FfiFuture<FFI_Result<FFI_ExecutionPlan>>;

/// The places in `FFI_TableProvider`.
#[repr(C)]
struct TableLayout {
    schema: Kept,
    scan: Scan,
    table_type: Kept,
    supports_filters_pushdown: Option<Kept>,
    insert_into: Kept,
    statistics: Kept,
    logical_codec: FFI_LogicalExtensionCodec,
    clone: unsafe extern "C" fn(&FFI_TableProvider) -> FFI_TableProvider,
    release: Kept,
    version: Kept,
    private_data: *mut c_void,
    library_marker_id: Kept,
}

const _: () = {
    assert!(size_of::<TableLayout>() == size_of::<FFI_TableProvider>());
    assert!(align_of::<TableLayout>() == align_of::<FFI_TableProvider>());
    assert!(offset_of!(TableLayout, statistics) == offset_of!(FFI_TableProvider, statistics));
    assert!(offset_of!(TableLayout, logical_codec) == offset_of!(FFI_TableProvider, logical_codec));
    assert!(offset_of!(TableLayout, version) == offset_of!(FFI_TableProvider, version));
    assert!(
        offset_of!(TableLayout, library_marker_id)
            == offset_of!(FFI_TableProvider, library_marker_id)
    );
};

/// `FFI_SessionRef`, which cannot be named outside of its crate.
#[repr(C)]
struct HostSession {
    session_id: Kept,
    config: Kept,
    catalog_list: Kept,
    query_planner: Kept,
    optimize: Kept,
    create_physical_plan: Kept,
    create_physical_expr: Kept,
    scalar_functions: unsafe extern "C" fn(&Self) -> Named<FFI_ScalarUDF>,
    aggregate_functions: unsafe extern "C" fn(&Self) -> Named<FFI_AggregateUDF>,
    window_functions: unsafe extern "C" fn(&Self) -> Named<FFI_WindowUDF>,
    table_options: unsafe extern "C" fn(&Self) -> Named<SString>,
    default_table_options: Kept,
    task_ctx: Kept,
    physical_optimizers: Kept,
    logical_codec: FFI_LogicalExtensionCodec,
    physical_codec: FFI_PhysicalExtensionCodec,
    clone: Kept,
    release: Kept,
    version: unsafe extern "C" fn() -> u64,
    private_data: *mut c_void,
    library_marker_id: extern "C" fn() -> usize,
}

impl HostSession {
    /// Whether the places are where they are expected: at one end stands a codec like that of the table,
    /// at the other a function of the host's that is in the host's codec too. Nothing is called yet.
    fn is_as_expected(&self, codec: &FFI_LogicalExtensionCodec) -> bool {
        self.logical_codec.version as usize == codec.version as usize
            && self.physical_codec.version as usize == self.version as usize
    }

    fn leave_settings_only(&mut self) {
        self.scalar_functions = nothing;
        self.aggregate_functions = nothing;
        self.window_functions = nothing;
        self.table_options = nothing;
    }
}

unsafe extern "C" fn nothing<T>(_: &HostSession) -> Named<T> {
    SVec::new()
}

/// A table whose scan looks at nothing of a foreign session but the settings.
pub fn export(
    table: Arc<dyn TableProvider>,
    codec: FFI_LogicalExtensionCodec,
) -> FFI_TableProvider {
    let mut exported = usual(table, codec);
    // SAFETY: it has this layout, and is ours alone.
    let layout = unsafe { &mut *ptr::from_mut(&mut exported).cast::<TableLayout>() };
    layout.scan = scan;
    layout.clone = clone;
    exported
}

/// The runtime that could be given here is for plans that come with none; those of a foreign session are
/// sealed with one.
fn usual(table: Arc<dyn TableProvider>, codec: FFI_LogicalExtensionCodec) -> FFI_TableProvider {
    FFI_TableProvider::new_with_ffi_codec(table, true, None, codec)
}

unsafe extern "C" fn clone(exported: &FFI_TableProvider) -> FFI_TableProvider {
    export(exported.into(), exported.logical_codec.clone())
}

unsafe extern "C" fn scan(
    exported: &FFI_TableProvider,
    mut session: HostSession,
    projection: FFI_Option<SVec<usize>>,
    filters: SVec<u8>,
    limit: FFI_Option<usize>,
) -> FfiFuture<FFI_Result<FFI_ExecutionPlan>> {
    if session.is_as_expected(&exported.logical_codec) {
        session.leave_settings_only();
    }
    let usual = usual(exported.into(), exported.logical_codec.clone());
    let layout = &*ptr::from_ref(&usual).cast::<TableLayout>();
    (layout.scan)(&usual, session, projection, filters, limit)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use datafusion::arrow::datatypes::{Schema, SchemaRef};
    use datafusion::catalog::Session;
    use datafusion::error::Result;
    use datafusion::execution::TaskContextProvider;
    use datafusion::logical_expr::{Expr, TableType};
    use datafusion::physical_plan::empty::EmptyExec;
    use datafusion::physical_plan::ExecutionPlan;
    use datafusion::prelude::{SessionConfig, SessionContext};
    use datafusion_ffi::table_provider::ForeignTableProvider;
    use datafusion_proto::logical_plan::DefaultLogicalExtensionCodec;

    use super::*;

    /// What a scan saw of its session.
    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        id: String,
        batch_size: usize,
        functions: [bool; 3],
    }

    #[derive(Debug, Default)]
    struct Probe(Mutex<Seen>);

    #[async_trait]
    impl TableProvider for Probe {
        fn schema(&self) -> SchemaRef {
            Arc::new(Schema::empty())
        }

        fn table_type(&self) -> TableType {
            TableType::Base
        }

        async fn scan(
            &self,
            session: &dyn Session,
            _: Option<&Vec<usize>>,
            _: &[Expr],
            _: Option<usize>,
        ) -> Result<Arc<dyn ExecutionPlan>> {
            if let Ok(mut seen) = self.0.lock() {
                *seen = Seen {
                    id: session.session_id().to_string(),
                    batch_size: session.config().batch_size(),
                    functions: [
                        !session.scalar_functions().is_empty(),
                        !session.aggregate_functions().is_empty(),
                        !session.window_functions().is_empty(),
                    ],
                };
            }
            Ok(Arc::new(EmptyExec::new(self.schema())))
        }
    }

    extern "C" fn another_library() -> usize {
        0
    }

    extern "C" fn another_version() -> u64 {
        datafusion_ffi::version()
    }

    /// Makes a session of this library look like one of another, and of another layout if asked to.
    unsafe extern "C" fn scan_from_afar<const ANOTHER_LAYOUT: bool>(
        exported: &FFI_TableProvider,
        mut session: HostSession,
        projection: FFI_Option<SVec<usize>>,
        filters: SVec<u8>,
        limit: FFI_Option<usize>,
    ) -> FfiFuture<FFI_Result<FFI_ExecutionPlan>> {
        session.library_marker_id = another_library;
        if ANOTHER_LAYOUT {
            session.version = another_version;
        }
        scan(exported, session, projection, filters, limit)
    }

    /// What a scan sees of a session that has an identifier and a batch size of 77, and the identifier.
    fn scanned(through: Scan) -> Result<(Seen, String)> {
        let context = SessionContext::new_with_config(SessionConfig::new().with_batch_size(77));
        let context = Arc::new(context);
        let provider: Arc<dyn TaskContextProvider> = context.clone();
        let codec = Arc::new(DefaultLogicalExtensionCodec {});
        let codec = FFI_LogicalExtensionCodec::new(codec, None, &provider);
        let probe = Arc::new(Probe::default());
        // The host keeps a clone.
        let mut exported = export(probe.clone(), codec).clone();
        // SAFETY: it has this layout.
        unsafe { (*ptr::from_mut(&mut exported).cast::<TableLayout>()).scan = through };
        let table = ForeignTableProvider(exported);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(table.scan(&context.state(), None, &[], None))?;
        let seen = probe.0.lock().map(|mut seen| std::mem::take(&mut *seen)).unwrap_or_default();
        Ok((seen, context.session_id()))
    }

    #[test]
    fn a_scan_sees_the_settings_of_a_foreign_session_and_none_of_its_functions() -> Result<()> {
        let (seen, id) = scanned(scan_from_afar::<false>)?;
        assert_eq!(seen, Seen { id, batch_size: 77, functions: [false; 3] });
        Ok(())
    }

    #[test]
    fn a_session_of_an_unexpected_layout_is_left_as_it_is() -> Result<()> {
        let (seen, id) = scanned(scan_from_afar::<true>)?;
        assert_eq!(seen, Seen { id, batch_size: 77, functions: [true; 3] });
        Ok(())
    }
}
