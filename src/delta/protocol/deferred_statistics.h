#pragma once

// Statistics that stay where they are until a query asks for them.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "delta/protocol/statistics_leaves.h"

namespace deltaic::delta {

using StatisticsPtr = std::shared_ptr<const StatisticsLeaves>;

/// The statistics of a batch of files by top-level column, which have their stored names. Safe to
/// share between threads.
class DeferredStatistics {
 public:
  virtual ~DeferredStatistics() = default;

  /// Reads what was not yet read of the statistics of `columns`, and of the numbers of records.
  virtual void Read(std::span<const std::string> columns) const = 0;

  /// What was read of a column, with the numbers of records; null where nothing was.
  virtual StatisticsPtr FindColumn(std::string_view column) const = 0;

  /// The numbers of records; null where nothing was read.
  virtual StatisticsPtr FindRecords() const = 0;
};

}  // namespace deltaic::delta
