#pragma once

// Names that say a version: "orders@v3", and "orders@20240102030405000" (yyyyMMddHHmmssSSS, UTC).

#include <optional>
#include <string_view>

#include <deltaic/datafusion/session_context.h>

namespace deltaic::delta {

/// Takes a name apart, or returns nothing where it says no version. Pure.
std::optional<datafusion::VersionedName> ParseVersionedName(std::string_view name);

}  // namespace deltaic::delta
