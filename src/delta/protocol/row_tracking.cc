#include "delta/protocol/row_tracking.h"

#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {

std::optional<RowTrackingColumns> EnabledRowTracking(const Protocol& protocol,
                                                     const Metadata& metadata) {
  const TableProperties properties(metadata);
  if (!IsListedForWriters(protocol, "rowTracking") || !properties.row_tracking()) {
    return std::nullopt;
  }
  return RowTrackingColumns{properties.row_id_column(), properties.row_commit_version_column()};
}

}  // namespace deltaic::delta
