#pragma once

// Fresh ids for the rows of added files (PROTOCOL.md, "Row Tracking"). Pure functions.

#include <cstdint>
#include <vector>

#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/file_actions.h"

namespace deltaic::delta {

/// The domain that holds the highest row id that was ever assigned.
inline constexpr char kRowTrackingDomain[] = "delta.rowTracking";

/// What stands for "no id was assigned yet".
inline constexpr int64_t kNoRowId = -1;

/// Whether files that are added get row ids: the protocol has the feature, and the table's
/// properties do not suspend it.
bool AssignsRowIds(const Protocol& protocol, const Metadata& metadata);

/// Reads the highest row id of the domain's metadata. Throws `kCorruptLog` where it has none.
int64_t ReadRowIdHighWaterMark(const DomainMetadata& domain);

/// Writes it.
DomainMetadata RowIdHighWaterMark(int64_t high_water_mark);

/// Gives the files that have no row ids yet those after `high_water_mark`, and `version` as that of
/// their rows; files that keep theirs are left as they are. Returns the new high-water mark. Throws
/// `kInvalidArgument` naming a file whose statistics do not tell the number of its records,
/// `kResourcesExhausted` where there are no more ids.
int64_t AssignRowIds(int64_t high_water_mark, int64_t version, std::vector<AddFile>& files);

}  // namespace deltaic::delta
