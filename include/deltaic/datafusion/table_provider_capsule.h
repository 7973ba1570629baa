#pragma once

// A table for a DataFusion that lives in another library, through DataFusion's stable C
// interface (crate datafusion-ffi).

#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/table_provider.h>

namespace deltaic::datafusion {

/// Makes an `FFI_TableProvider` of `table`, with pushdown of projection, filters and limit.
///
/// `logical_codec` points to the host's `FFI_LogicalExtensionCodec` (the content of the capsule
/// that its session's `__datafusion_logical_extension_codec__()` returns); it is only borrowed.
/// Returns the address of a heap object to be freed with `FreeFfiTableProvider`.
DELTAIC_EXPORT void* MakeFfiTableProvider(std::shared_ptr<const TableProvider> table,
                                          const void* logical_codec);

/// Frees what `MakeFfiTableProvider` returned.
DELTAIC_EXPORT void FreeFfiTableProvider(void* provider) noexcept;

/// The major version of DataFusion that the interface belongs to.
DELTAIC_EXPORT int DataFusionMajorVersion() noexcept;

}  // namespace deltaic::datafusion
