#pragma once

// How the columns of a schema are found in data files, and what the log calls them (PROTOCOL.md,
// "Column Mapping"). Pure functions.

#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

enum class ColumnMappingMode : uint8_t {
  kNone,  ///< By their names.
  kName,  ///< By their physical names.
  kId,    ///< By their ids; statistics and partition values by their physical names.
};

/// The mode in force. The property counts only where the protocol supports the feature. Throws
/// `kUnsupportedFeature` for a mode that is not known.
ColumnMappingMode ColumnMappingModeOf(const Protocol& protocol, const Metadata& metadata);

/// The schema with the physical name of each of its fields at every depth, and with the ids where
/// the mode asks for them; as it is without a mode.
///
/// Throws `kCorruptLog` naming the field where a physical name or an id is lacking or malformed,
/// two fields of a struct have the same physical name, or two fields of the schema the same id.
DataType MapColumns(const DataType& schema, ColumnMappingMode mode);

/// What the log calls some top-level columns, all of which the schema has.
std::vector<std::string> StoredNames(const DataType& schema,
                                     const std::vector<std::string>& columns);

}  // namespace deltaic::delta
