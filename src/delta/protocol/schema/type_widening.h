#pragma once

// Columns whose type was widened after files were written (PROTOCOL.md, "Type Widening"). Pure
// functions.

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Whether the protocol lets a column of type `from` become one of type `to`.
bool IsWidening(const DataType& from, const DataType& to);

/// Checks the changes that the fields of a schema record, where the protocol supports the feature.
/// Throws `kUnsupportedFeature` naming field and types for a change that is none of the
/// protocol's, `kCorruptLog` for a record that is malformed.
void CheckTypeChanges(const Protocol& protocol, const DataType& schema);

}  // namespace deltaic::delta
