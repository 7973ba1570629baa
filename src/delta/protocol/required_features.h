#pragma once

// Which features a table's metadata uses (PROTOCOL.md, "Table Features": "supported" and "active").
// Pure functions.

#include <set>
#include <string>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// The names of the features that the properties and the schema of a table make use of, without
/// those that these need in turn; `schema` is the one of `metadata`.
std::set<std::string> RequiredFeatures(const Metadata& metadata, const DataType& schema);

/// Whether the protocol has a feature, be it under the name of its preview.
bool HasFeature(const Protocol& protocol, const std::string& feature);

}  // namespace deltaic::delta
