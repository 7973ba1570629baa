#pragma once

// Which protocol a table needs for what its schema and properties ask (PROTOCOL.md, "Table
// Features", "Valid Feature Names in Table Features"). Pure functions.

#include <set>
#include <string>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// The protocol of a table with the features that it makes use of besides those that it has: the
/// same where it has them all. A preview of a feature counts as the feature.
Protocol WithRequiredFeatures(const Protocol& protocol, const DataType& schema,
                              const Metadata& metadata);

/// The smallest protocol of a new table with these features: versions that imply them, or where
/// there are none a list.
Protocol NewProtocol(const std::set<std::string>& features);

/// What properties ask of the protocol when they are set: `delta.minReaderVersion`,
/// `delta.minWriterVersion`, and `delta.feature.<name>`.
struct ProtocolRequest {
  int32_t min_reader_version = 1;
  int32_t min_writer_version = 1;
  std::set<std::string> features;
};

/// Takes what asks for a protocol out of the properties, which never hold it. Throws
/// `kInvalidArgument` naming the property for a feature that nobody knows and a value that is none.
ProtocolRequest TakeProtocolRequest(Metadata& metadata);

/// The protocol of a new table.
Protocol NewProtocol(const ProtocolRequest& request, const DataType& schema,
                     const Metadata& metadata);

}  // namespace deltaic::delta
