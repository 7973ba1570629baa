#pragma once

#include <string>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Parses the JSON text of a schema (PROTOCOL.md, "Schema Serialization Format") to its struct.
///
/// Field metadata is kept verbatim. Nesting beyond 500 levels, unknown types, names that occur
/// twice in a struct (case does not count) and malformed JSON throw `kCorruptLog`; a type that
/// belongs to an unsupported feature (geometry, geography) throws `kUnsupportedFeature` and names
/// it.
DELTAIC_EXPORT DataType ParseSchemaJson(std::string_view json);

/// Writes `type` as the protocol's JSON; `ParseSchemaJson(SchemaToJson(t)) == t` for a type without
/// physical names and ids of its own, which the metadata holds.
DELTAIC_EXPORT std::string SchemaToJson(const DataType& type);

}  // namespace deltaic::delta
