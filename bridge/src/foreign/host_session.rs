//! A table for a session in another library, of which a scan sees the settings and no functions: to copy
//! some hundreds of them, each by several calls across the border, costs more than a small query.
//!
//! datafusion-ffi has no door for this: the functions that are replaced here are in hidden fields, see
//! `hidden_layout.rs`. Where those look otherwise, of our tables or of a session that arrives, the table is
//! scanned in the usual way, which is slower.

use std::ptr;
use std::sync::Arc;

use async_ffi::FfiFuture;
use datafusion::catalog::TableProvider;
use datafusion_ffi::execution_plan::FFI_ExecutionPlan;
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_ffi::table_provider::FFI_TableProvider;
use datafusion_ffi::util::{FFI_Option, FFI_Result};
use stabby::vec::Vec as SVec;

use crate::foreign::hidden_layout::{is_known, HostSession, TableLayout};

/// A table whose scan looks at nothing of a foreign session but the settings.
pub fn export(
    table: Arc<dyn TableProvider>,
    codec: FFI_LogicalExtensionCodec,
) -> FFI_TableProvider {
    let is_known = is_known(&codec);
    let mut exported = usual(table, codec);
    if !is_known {
        return exported;
    }
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
    use crate::foreign::hidden_layout::Scan;

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
