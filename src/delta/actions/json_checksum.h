#pragma once

// The checksum that a JSON file holds of itself (PROTOCOL.md, "JSON Checksum"). Pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace deltaic::delta {

/// The MD5 digest of the canonical form of `json`, an object, without its own member `checksum`.
/// Nothing where it has no such form: it is not JSON, has a name twice in an object, or is nested
/// or spelled out beyond all measure.
std::optional<std::string> JsonChecksum(std::string_view json);

}  // namespace deltaic::delta
