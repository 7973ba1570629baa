#pragma once

// Writes the rows of a query to standard output while they come. Main thread only.

#include <chrono>
#include <cstdint>

#include <deltaic/datafusion/data_frame.h>

#include "cli/arguments.h"

namespace deltaic::cli {

/// How results are shown.
struct ResultStyle {
  ResultFormat format = ResultFormat::kTable;
  int64_t max_rows = 1000;  ///< In a table; 0 = all.
  bool summary = true;      ///< A line on standard error: rows and time.
};

/// Runs `query` and writes its rows. A table is held in memory up to `max_rows` rows and the rest
/// is counted; other formats are written batch by batch. The time of the summary starts at `start`.
void WriteResult(const datafusion::DataFrame& query, const ResultStyle& style,
                 std::chrono::steady_clock::time_point start);

}  // namespace deltaic::cli
