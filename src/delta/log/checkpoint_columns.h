#pragma once

// Which columns of a checkpoint's Parquet file are decoded to learn of its file actions
// (PROTOCOL.md, "Checkpoint Schema"): the typed forms of statistics and partition values are
// preferred to their texts, and never both are. Pure functions.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/schema.h>

namespace deltaic::delta {

/// The forms that may be used.
struct CheckpointForms {
  bool parsed_statistics = true;
  bool parsed_partition_values = true;
  /// How many partition columns the checkpoint's table has; nothing where it does not say.
  std::optional<size_t> num_partition_columns = {};
};

/// The member of add actions with statistics as columns.
constexpr std::string_view kParsedStatistics = "add.stats_parsed";

/// Whether a column is one with statistics.
bool IsStatisticsColumn(std::string_view column);

/// All columns that may be of use.
const std::vector<std::string>& CheckpointFileColumns();

/// Those to be decoded; `schema` is of a file as read with `CheckpointFileColumns`.
std::vector<std::string> ChooseFileColumns(const Schema& schema, const CheckpointForms& forms);

/// Whether the file has statistics in both forms.
bool HasBothStatistics(const Schema& schema);

}  // namespace deltaic::delta
