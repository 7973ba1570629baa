#pragma once

// The columns that writers collect statistics of (table properties
// `delta.dataSkippingStatsColumns` and `delta.dataSkippingNumIndexedCols`). Pure functions.

#include <vector>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Those of `columns`, the columns of the files, that have statistics; of structs the fields that
/// do. A property that makes no sense counts as absent.
std::vector<StructField> IndexedColumns(const std::vector<StructField>& columns,
                                        const Metadata& metadata);

}  // namespace deltaic::delta
