#pragma once

// Statistics that stay where they are until a query asks for them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

using StatisticsPtr = std::shared_ptr<const StatisticsLeaves>;

/// Bounds that hold for each file of a run of them; a row of leaves for each run.
struct RunBounds {
  StatisticsPtr leaves;  ///< Null where nothing is known.
  /// The runs, from the first one to the one after the last, that all files of a batch are in.
  /// Without runs where nothing is known of the batch.
  std::vector<std::pair<uint32_t, uint32_t>> runs_of_batches;
};

/// The statistics of numbered batches of files by top-level column, which have their stored names.
/// Safe to share between threads.
class DeferredStatistics {
 public:
  virtual ~DeferredStatistics() = default;

  /// Reads what was not yet read of the statistics of `columns`, and of the numbers of records, of
  /// some batches, side by side.
  virtual void Read(std::span<const std::string> columns,
                    std::span<const size_t> batches) const = 0;

  /// What was read of a column, with the numbers of records; null where nothing was.
  virtual StatisticsPtr FindColumn(std::string_view column, size_t batch) const = 0;

  /// The numbers of records; null where nothing was read.
  virtual StatisticsPtr FindRecords(size_t batch) const = 0;

  /// What is known of some batches of which `columns` were not all read, in the order of `batches`:
  /// it costs little. Never fails but for cancellation: bounds are a help.
  virtual RunBounds FindBounds(std::span<const std::string> columns,
                               std::span<const size_t> batches) const = 0;
};

}  // namespace deltaic::delta
