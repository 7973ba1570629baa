#pragma once

// The statistics of new data files as the JSON text of their add actions (PROTOCOL.md, "Per-file
// Statistics"). Pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// A column, or a field of a struct, with statistics.
struct StatisticsLeaf {
  std::vector<std::string> path;         ///< Its names in the rows.
  std::vector<std::string> stored_path;  ///< Its names in files and statistics.
  DataType type;
};

/// The leaves of columns: fields of structs at every depth; lists, maps and variants as a whole,
/// of which nulls are counted only.
std::vector<StatisticsLeaf> StatisticsLeavesOf(const std::vector<StructField>& columns);

/// How texts are written.
struct StatisticsForm {
  int max_characters = 32;  ///< Of a text; longer ones are cut, a maximum upwards.
  bool says_tight_bounds =
      false;  ///< Whether bounds are said to occur: tables with deletion vectors.
};

/// The JSON text of each file of `files`, which `datafusion::WriteFiles` returned for `leaves`.
/// Bounds that JSON cannot hold are left out.
std::vector<std::string> StatisticsOfFiles(const RecordBatch& files,
                                           const std::vector<StatisticsLeaf>& leaves,
                                           const StatisticsForm& form);

}  // namespace deltaic::delta
