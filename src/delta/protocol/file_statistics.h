#pragma once

// The statistics of files: JSON texts in the log, typed columns for the engine (PROTOCOL.md,
// "Per-file Statistics"). Only what is asked for is typed. Pure functions over a range of rows,
// so that ranges can be done in parallel.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// Which statistics are wanted.
struct StatisticsRequest {
  /// Top-level columns, with the names that files use. Nested ones are left out of the result.
  std::vector<StructField> columns;
  /// Strings of that many or more characters may have been cut by the writer
  /// ("delta.dataSkippingStringPrefixLength").
  int string_prefix_length = 32;
};

/// The JSON text of a row; empty where there is none. The view must last until the next call.
using StatisticsText = std::function<std::string_view(int64_t row)>;

/// Types the statistics of the rows `begin` to `end`: a row a file, with the columns that
/// `datafusion::FileScan::files` describes: `num_rows`; `null_count` if columns are wanted; and
/// `min`, `max` and `exact` with the columns whose type has bounds, if any. The types are those of
/// `ToArrowSchema(…, ArrowNullability::kAll)`. Without columns it costs no parsing as a rule.
///
/// Statistics are hints: what is absent, malformed, of the wrong type, out of range or
/// contradictory is null (unknown), and never an error. Known bounds hold for every row that
/// counts, in the engine's order; `exact` is true only where both occur in the file.
RecordBatch ParseFileStatistics(const StatisticsRequest& request, int64_t begin, int64_t end,
                                const StatisticsText& text);

}  // namespace deltaic::delta
