#pragma once

// Statistics as a checkpoint holds them, `stats` and `stats_parsed`, each from the other
// (PROTOCOL.md, "Checkpoint Schema", "Per-file Statistics"). Pure functions.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The fields of `stats_parsed` for the statistics of some columns, which have the names of the
/// log.
std::vector<StructField> TypedStatisticsFields(const std::vector<StructField>& columns);

/// The JSON text of a row; empty where there is none. The view must last until the next call.
using StatisticsTextOfRow = std::function<std::string_view(int64_t row)>;

/// `stats_parsed` of rows, from their texts: the fields of `TypedStatisticsFields`, as far as there
/// is something to say. What makes no sense is null.
RecordBatch TypeStatistics(const std::vector<StructField>& columns, int64_t num_rows,
                           const StatisticsTextOfRow& text);

}  // namespace deltaic::delta
