#pragma once

// Which columns of a checkpoint's Parquet file are decoded to learn of its file actions
// (PROTOCOL.md, "Checkpoint Schema"): the typed forms of statistics and partition values are
// preferred to their texts, and never both are. Pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The forms that may be used.
struct CheckpointForms {
  bool parsed_statistics = true;
  bool parsed_partition_values = true;
};

/// The partition columns of a checkpoint's table, with the names that the log has for them; nothing
/// where the checkpoint does not say.
using PartitionColumns = std::optional<std::vector<StructField>>;

/// The member of add actions with statistics as columns.
constexpr std::string_view kParsedStatistics = "add.stats_parsed";

/// Whether a column is one with statistics.
bool IsStatisticsColumn(std::string_view column);

/// All columns that may be of use.
const std::vector<std::string>& CheckpointFileColumns();

/// Whether the file has partition values as columns; `schema` is of a file as read with
/// `CheckpointFileColumns`.
bool HasParsedPartitionValues(const Schema& schema);

/// Those to be decoded.
std::vector<std::string> ChooseFileColumns(const Schema& schema, const CheckpointForms& forms,
                                           const PartitionColumns& partition_columns);

/// Whether the file has statistics in both forms.
bool HasBothStatistics(const Schema& schema);

}  // namespace deltaic::delta
