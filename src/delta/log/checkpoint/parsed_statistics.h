#pragma once

// Statistics that a checkpoint holds as columns, `stats_parsed` (PROTOCOL.md, "Checkpoint Schema",
// "Per-file Statistics"): taken over by column, without texts in between.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "columnar/arrow_column.h"
#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// Adds a row to `leaves` for each of `rows`, with what the column `statistics`, a struct, says
/// about it. Statistics are hints: members of unexpected types are left out.
void AppendParsedStatistics(const ArrowColumn& statistics, std::span<const int64_t> rows,
                            StatisticsLeavesBuilder& leaves);

/// Adds the values of columns of bounds, of a type that statistics can have, as those of a
/// top-level column in the next `rows` rows of `leaves`, which `EndRows` ends.
void AppendBounds(std::string_view name, const ArrowColumn& min, const ArrowColumn& max,
                  size_t rows, StatisticsLeavesBuilder& leaves);

}  // namespace deltaic::delta
