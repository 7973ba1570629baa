#pragma once

// The JSON texts of statistics, taken apart (PROTOCOL.md, "Per-file Statistics").

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "delta/statistics/json_shape.h"
#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// What a scalar of statistics says: the leaf it belongs to, or nothing of interest.
/// `path` counts from the statistics' own members on.
struct StatisticsMember {
  bool is_wanted = false;
  StatisticsSection section = StatisticsSection::kNumRecords;
  LeafPath path;
};
StatisticsMember MemberOf(const LeafPath& path, LeafKind kind);

/// Reads texts into the leaves that it is made for. One thread at a time.
class StatisticsTextParser {
 public:
  /// With `columns`, the stored names of top-level columns, only their leaves are read, and those
  /// of no column.
  explicit StatisticsTextParser(StatisticsLeavesBuilder& leaves,
                                std::optional<std::set<std::string, std::less<>>> columns = {});
  ~StatisticsTextParser();

  /// Adds a row, and returns whether the text is well-formed. Statistics are hints: any other text,
  /// and an empty one, is a row without values. Of members that occur twice the first one counts.
  bool Append(std::string_view json);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltaic::delta
