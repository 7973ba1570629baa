#pragma once

// The names of primitive types (PROTOCOL.md, "Primitive Types"), the reverse of
// `DataType::name`. Pure function.

#include <string_view>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Reads a primitive's name. A decimal without parameters is decimal(10,0). Throws
/// `kUnsupportedFeature` naming geospatial for its types, `kCorruptLog` for unknown names.
DataType ParseTypeName(std::string_view name);

}  // namespace deltaic::delta
