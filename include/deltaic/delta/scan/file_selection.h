#pragma once

// Live files by what they hold, judged by the log alone. Pure functions of immutable values; safe
// to call from any thread. Files are numbers in `Snapshot::files()`, ascending.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/delta/scan/filter_sql.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The files that can hold a row for which an SQL predicate is true. Throws `kInvalidSql`.
DELTAIC_EXPORT std::vector<int64_t> FilesMatchingPredicate(const Snapshot& snapshot,
                                                           std::string_view sql);

/// The files that can hold a row for which the filters are true, with nulls as in
/// `FilterNulls::kOfPartitions`; exact as far as they name partition columns. Throws as
/// `FilterSql`.
DELTAIC_EXPORT std::vector<int64_t> FilesMatchingFilters(const Snapshot& snapshot,
                                                         const PartitionFilters& filters);

/// The distinct partitions of some files: a value for each partition column, as the log writes it,
/// nothing for null. Sorted; none for a table without partition columns.
DELTAIC_EXPORT std::vector<std::vector<std::optional<std::string>>> PartitionsOf(
    const Snapshot& snapshot, const std::vector<int64_t>& files);

}  // namespace deltaic::delta
