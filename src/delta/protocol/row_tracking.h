#pragma once

// Ids of rows that stay with them through rewrites (PROTOCOL.md, "Row Tracking"). Pure functions.

#include <optional>
#include <string>

#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// The hidden columns of data files that state what has moved with its rows; files may lack them,
/// and a null in them counts as lacking. Nothing where the table has no such column.
struct RowTrackingColumns {
  std::optional<std::string> row_id;
  std::optional<std::string> commit_version;
};

/// The hidden columns of a table whose rows have ids and commit versions; nothing where the feature
/// is not supported or not enabled.
std::optional<RowTrackingColumns> EnabledRowTracking(const Protocol& protocol,
                                                     const Metadata& metadata);

}  // namespace deltaic::delta
