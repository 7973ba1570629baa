#pragma once

// Live files by what they hold, judged by the log alone. Pure functions of immutable values; safe
// to call from any thread. Files are numbers in `Snapshot::files()`, ascending.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// A comparison of a column with a value, or with several for "in" and "not in".
struct PartitionFilter {
  std::string column;
  std::string op;  ///< =, ==, !=, <, <=, >, >=, in, not in.
  /// As the log writes partition values: "2026-01-31", "1.50", "true"; nothing for null. For a
  /// partition column "" is null, too.
  std::vector<std::optional<std::string>> values;
};

/// Filters in disjunctive normal form: of one of the lists all hold. None at all is true.
using PartitionFilters = std::vector<std::vector<PartitionFilter>>;

/// The files that can hold a row for which an SQL predicate is true. Throws `kInvalidSql`.
DELTAIC_EXPORT std::vector<int64_t> FilesMatchingPredicate(const Snapshot& snapshot,
                                                           std::string_view sql);

/// The files that can hold a row for which the filters are true; exact as far as they name
/// partition columns. = and != with null as value ask whether there is one, and null in a list
/// matches nulls. As in SQL, any other comparison with null is not true: != and "not in" leave
/// nulls out. "not in" no value at all is true.
///
/// Throws `kInvalidArgument` naming the column for one that the table lacks or that is nested, an
/// unknown operator, a wrong number of values, a value that the column's type does not have.
DELTAIC_EXPORT std::vector<int64_t> FilesMatchingFilters(const Snapshot& snapshot,
                                                         const PartitionFilters& filters);

/// The distinct partitions of some files: a value for each partition column, as the log writes it,
/// nothing for null. Sorted; none for a table without partition columns.
DELTAIC_EXPORT std::vector<std::vector<std::optional<std::string>>> PartitionsOf(
    const Snapshot& snapshot, const std::vector<int64_t>& files);

}  // namespace deltaic::delta
