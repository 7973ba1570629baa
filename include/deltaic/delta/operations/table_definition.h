#pragma once

// What a new table is to be. A plain value.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The schema, partitioning and properties of a table, as its maker wants them.
struct TableDefinition {
  /// A struct. Metadata of columns may say generation expressions, identities, defaults and
  /// invariants (PROTOCOL.md, "Column Metadata").
  DataType schema;
  std::vector<std::string> partition_columns = {};
  std::optional<std::string> name = {};
  std::optional<std::string> description = {};
  /// Table properties. `delta.feature.<name>`, `delta.minReaderVersion` and
  /// `delta.minWriterVersion` ask for a protocol, and are not kept.
  std::map<std::string, std::string> configuration = {};
  /// Whether properties `delta.…` that nobody knows are kept, in place of an error.
  bool keeps_unknown_properties = false;
};

}  // namespace deltaic::delta
