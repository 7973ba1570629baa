#pragma once

// Changes the metadata of a schema's fields, and keeps all members that it does not name
// (PROTOCOL.md, "Schema Serialization Format"). Pure functions.

#include <functional>
#include <string_view>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The field with the member `name` of its metadata as `value_json`, JSON text.
///
/// Throws `kCorruptLog` naming the field where its metadata is no JSON object.
StructField WithMetadata(const StructField& field, std::string_view name,
                         std::string_view value_json);

/// The field without the members of its metadata that `is_unwanted` is true of. Throws as
/// `WithMetadata`.
StructField WithoutMetadata(const StructField& field,
                            const std::function<bool(std::string_view)>& is_unwanted);

}  // namespace deltaic::delta
