#pragma once

// Filters in disjunctive normal form, and what they are in SQL. Pure functions of immutable values;
// safe to call from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// A comparison of a column with a value, or with several for "in" and "not in".
struct PartitionFilter {
  std::string column;
  std::string op;  ///< =, ==, !=, <, <=, >, >=, in, not in.
  /// As the log writes partition values: "2026-01-31", "1.50", "true"; nothing for null.
  std::vector<std::optional<std::string>> values;
};

/// Filters in disjunctive normal form: of one of the lists all hold. None at all is true.
using PartitionFilters = std::vector<std::vector<PartitionFilter>>;

/// What filters mean where there is no value. Of both, = and != with null as value ask whether
/// there is one, null in a list matches nulls, and < and the like are not true of null.
enum class FilterNulls : uint8_t {
  /// As in the log: for a partition column "" is null, too. "not in" leaves nulls out, unless it
  /// lists nothing: that is true.
  kOfPartitions,
  /// As in pyarrow: "" is a text. "not in" keeps nulls, unless null is in the list.
  kOfRows,
};

/// Writes filters as an SQL predicate over the table's columns. Numbers of any type are compared
/// with columns of numbers, those that are whole with integers as such ("2022.0" is 2022); times
/// with dates.
///
/// Throws `kInvalidArgument` naming the column for one that the table lacks, an unknown operator, a
/// wrong number of values, or a value that is none of the column's type.
DELTAIC_EXPORT std::string FilterSql(const Snapshot& snapshot, const PartitionFilters& filters,
                                     FilterNulls nulls);

}  // namespace deltaic::delta
