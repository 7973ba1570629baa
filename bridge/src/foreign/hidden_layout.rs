//! The places of what datafusion-ffi hides: those of the version that Cargo.toml names exactly.
//!
//! Its types are `repr(C)`, being an interface between libraries. What can be seen of them is compared when
//! this is compiled; what is hidden is tried out once, before it is relied on.

use std::cell::Cell;
use std::ffi::c_void;
use std::mem::{align_of, offset_of, size_of};
use std::ptr;
use std::sync::{Arc, OnceLock};

use async_ffi::{FfiFuture, FutureExt};
use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::datasource::empty::EmptyTable;
use datafusion_ffi::execution_plan::FFI_ExecutionPlan;
use datafusion_ffi::proto::logical_extension_codec::FFI_LogicalExtensionCodec;
use datafusion_ffi::proto::physical_extension_codec::FFI_PhysicalExtensionCodec;
use datafusion_ffi::table_provider::{FFI_TableProvider, ForeignTableProvider};
use datafusion_ffi::udaf::FFI_AggregateUDF;
use datafusion_ffi::udf::FFI_ScalarUDF;
use datafusion_ffi::udwf::FFI_WindowUDF;
use datafusion_ffi::util::{FFI_Option, FFI_Result};
use stabby::string::String as SString;
use stabby::vec::Vec as SVec;

use crate::expressions::expression::PLANNING_SESSION;

/// A function that is neither called nor replaced here.
type Kept = unsafe extern "C" fn();

type Named<T> = SVec<(SString, T)>;

pub type Scan = unsafe extern "C" fn(
    &FFI_TableProvider,
    HostSession,
    FFI_Option<SVec<usize>>,
    SVec<u8>,
    FFI_Option<usize>,
) -> FfiFuture<FFI_Result<FFI_ExecutionPlan>>;

pub type CloneTable = unsafe extern "C" fn(&FFI_TableProvider) -> FFI_TableProvider;

/// The places in `FFI_TableProvider`.
#[repr(C)]
pub struct TableLayout {
    schema: Kept,
    pub scan: Scan,
    table_type: Kept,
    supports_filters_pushdown: Option<Kept>,
    insert_into: Kept,
    statistics: Kept,
    logical_codec: FFI_LogicalExtensionCodec,
    pub clone: CloneTable,
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
pub struct HostSession {
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
    pub version: unsafe extern "C" fn() -> u64,
    private_data: *mut c_void,
    pub library_marker_id: extern "C" fn() -> usize,
}

impl HostSession {
    /// Whether the places are where they are expected: at one end is a codec like that of the table,
    /// at the other a function of the host's that is in the host's codec too. Nothing is called yet.
    pub fn is_as_expected(&self, codec: &FFI_LogicalExtensionCodec) -> bool {
        self.logical_codec.version as usize == codec.version as usize
            && self.physical_codec.version as usize == self.version as usize
    }

    pub fn leave_settings_only(&mut self) {
        self.scalar_functions = nothing;
        self.aggregate_functions = nothing;
        self.window_functions = nothing;
        self.table_options = nothing;
    }
}

unsafe extern "C" fn nothing<T>(_: &HostSession) -> Named<T> {
    SVec::new()
}

/// Where the functions are that are replaced, in bytes from the beginning.
#[derive(Clone, Copy)]
struct Places {
    scan: usize,
    clone: usize,
}

const PLACES: Places =
    Places { scan: offset_of!(TableLayout, scan), clone: offset_of!(TableLayout, clone) };

thread_local! {
    /// Whether a function that was put in a hidden place has been called in place of the right one.
    static IS_CALLED: Cell<bool> = const { Cell::new(false) };
}

unsafe extern "C" fn note_scan(
    exported: &FFI_TableProvider,
    session: HostSession,
    _: FFI_Option<SVec<usize>>,
    _: SVec<u8>,
    _: FFI_Option<usize>,
) -> FfiFuture<FFI_Result<FFI_ExecutionPlan>> {
    IS_CALLED.set(session.is_as_expected(&exported.logical_codec));
    async { FFI_Result::Err(SString::from("only the call is wanted")) }.into_ffi()
}

unsafe extern "C" fn note_clone(exported: &FFI_TableProvider) -> FFI_TableProvider {
    IS_CALLED.set(true);
    FFI_TableProvider::new_with_ffi_codec(
        exported.into(),
        true,
        None,
        exported.logical_codec.clone(),
    )
}

/// Whether `call` reaches `function`, which is at that place of the table meanwhile.
///
/// # Safety
/// At that place is a function of the table that `call` does not call, or the one that `function` may replace.
unsafe fn reaches(
    table: &mut ForeignTableProvider,
    place: usize,
    function: usize,
    call: impl FnOnce(&ForeignTableProvider),
) -> bool {
    let place = ptr::from_mut(&mut table.0).cast::<u8>().add(place).cast::<usize>();
    let own = place.replace(function);
    IS_CALLED.set(false);
    call(table);
    place.write(own);
    IS_CALLED.get()
}

/// Whether scanning and cloning a table call what is at these places, and a scan gets a session that is as
/// expected.
fn is_right(places: Places, codec: &FFI_LogicalExtensionCodec) -> bool {
    let table = Arc::new(EmptyTable::new(Arc::new(Schema::empty())));
    let exported = FFI_TableProvider::new_with_ffi_codec(table, true, None, codec.clone());
    let mut table = ForeignTableProvider(exported);
    let session = PLANNING_SESSION.state();
    // SAFETY: the visible fields around these places are where they are expected, so that functions are there.
    unsafe {
        reaches(&mut table, places.scan, note_scan as Scan as usize, |table| {
            let _ = futures::executor::block_on(table.scan(&session, None, &[], None));
        }) && reaches(&mut table, places.clone, note_clone as CloneTable as usize, |table| {
            drop(table.0.clone());
        })
    }
}

/// Whether the hidden places of this library's tables are where they are expected; tried out once.
pub fn is_known(codec: &FFI_LogicalExtensionCodec) -> bool {
    static IS_KNOWN: OnceLock<bool> = OnceLock::new();
    *IS_KNOWN.get_or_init(|| is_right(PLACES, codec))
}

#[cfg(test)]
mod tests {
    use datafusion::execution::TaskContextProvider;
    use datafusion::prelude::SessionContext;
    use datafusion_proto::logical_plan::DefaultLogicalExtensionCodec;

    use super::*;

    #[test]
    fn places_are_known_and_wrong_ones_are_noticed() {
        let provider: Arc<dyn TaskContextProvider> = Arc::new(SessionContext::new());
        let codec = Arc::new(DefaultLogicalExtensionCodec {});
        let codec = FFI_LogicalExtensionCodec::new(codec, None, &provider);
        assert!(is_right(PLACES, &codec));
        // What is between the visible fields: no more than this can be mistaken.
        for scan in [
            offset_of!(TableLayout, schema),
            offset_of!(TableLayout, table_type),
            offset_of!(TableLayout, supports_filters_pushdown),
            offset_of!(TableLayout, insert_into),
        ] {
            assert!(!is_right(Places { scan, ..PLACES }, &codec), "{scan}");
        }
        let clone = offset_of!(TableLayout, release);
        assert!(!is_right(Places { clone, ..PLACES }, &codec));
        assert!(is_right(PLACES, &codec));
    }
}
