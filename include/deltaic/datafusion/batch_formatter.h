#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>

namespace deltaic::datafusion {

/// How rows become text.
enum class TextFormat {
  kTable,   ///< Aligned columns in a frame.
  kCsv,     ///< RFC 4180, NULL as an empty field. A nested value is its text in the table format.
  kNdjson,  ///< One JSON object a line, null fields included. A map is an object, its keys as text;
            ///< binary values are hexadecimal text; NaN and infinities are null.
  kRows,    ///< A JSON array a line, of each value's text or null. Numbers have all their digits.
};

/// Returns the name's format ("table", "csv", "ndjson", "rows"); throws `kInvalidArgument`.
DELTAIC_EXPORT TextFormat ParseTextFormat(std::string_view name);

/// Writes `batches`, all of `schema`, as text. `header` adds the line of column names to CSV.
DELTAIC_EXPORT std::string FormatBatches(const Schema& schema,
                                         const std::vector<RecordBatch>& batches, TextFormat format,
                                         bool header = true);

}  // namespace deltaic::datafusion
