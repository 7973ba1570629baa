#include "cli/result_writer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/batch_formatter.h>

#include "cli/output.h"

namespace deltaic::cli {
namespace {

using datafusion::FormatBatches;
using datafusion::TextFormat;

struct RowCount {
  int64_t all = 0;
  int64_t shown = 0;
};

// The first rows of a batch: the same buffers under a shorter struct array.
RecordBatch FirstRows(const RecordBatch& batch, int64_t rows) {
  ArrowArray array;
  batch.Export(&array);
  array.length = rows;
  return RecordBatch::Import(batch.schema(), &array);
}

RowCount WriteTable(RecordBatchStream& stream, int64_t max_rows) {
  RowCount count;
  std::vector<RecordBatch> kept;
  while (std::optional<RecordBatch> batch = stream.Next()) {
    count.all += batch->num_rows();
    const int64_t room = max_rows == 0 ? batch->num_rows() : max_rows - count.shown;
    const int64_t taken = std::min(room, batch->num_rows());
    if (taken == 0) continue;
    kept.push_back(taken == batch->num_rows() ? *std::move(batch) : FirstRows(*batch, taken));
    count.shown += taken;
  }
  std::string text = FormatBatches(stream.schema(), kept, TextFormat::kTable);
  if (!text.empty() && text.back() != '\n') text += '\n';
  WriteOutput(text);
  return count;
}

RowCount WriteLines(RecordBatchStream& stream, TextFormat format) {
  RowCount count;
  if (format == TextFormat::kCsv) WriteOutput(FormatBatches(stream.schema(), {}, format));
  while (const std::optional<RecordBatch> batch = stream.Next()) {
    count.all += batch->num_rows();
    WriteOutput(FormatBatches(stream.schema(), {*batch}, format, /*header=*/false));
    ThrowIfCancelled();
  }
  count.shown = count.all;
  return count;
}

// Joins the lines of NDJSON to one array. JSON text holds no raw newline, so each ends an object.
RowCount WriteJsonArray(RecordBatchStream& stream) {
  RowCount count;
  WriteOutput("[");
  while (const std::optional<RecordBatch> batch = stream.Next()) {
    const std::string lines = FormatBatches(stream.schema(), {*batch}, TextFormat::kNdjson);
    std::string text;
    text.reserve(lines.size() + 64);
    for (std::string_view rest = lines; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      text += count.all == 0 ? "\n" : ",\n";
      text += line;
      ++count.all;
    }
    WriteOutput(text);
    ThrowIfCancelled();
  }
  WriteOutput("\n]\n");
  count.shown = count.all;
  return count;
}

std::string Summary(const RowCount& count, double seconds) {
  std::string text =
      fmt::format("{} {} in {:.3f} s", count.all, count.all == 1 ? "row" : "rows", seconds);
  if (count.shown < count.all) {
    text += fmt::format(", {} more not shown (--max-rows)", count.all - count.shown);
  }
  return text;
}

}  // namespace

void WriteResult(const datafusion::DataFrame& query, const ResultStyle& style,
                 std::chrono::steady_clock::time_point start) {
  RecordBatchStream stream = query.ExecuteStream();
  RowCount count;
  if (stream.schema().num_columns() == 0) {  // A statement such as SET or CREATE VIEW.
    while (stream.Next()) {
    }
  } else {
    switch (style.format) {
      case ResultFormat::kTable:
        count = WriteTable(stream, style.max_rows);
        break;
      case ResultFormat::kCsv:
        count = WriteLines(stream, TextFormat::kCsv);
        break;
      case ResultFormat::kJson:
        count = WriteJsonArray(stream);
        break;
      case ResultFormat::kNdjson:
        count = WriteLines(stream, TextFormat::kNdjson);
        break;
    }
  }
  if (!style.summary) return;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  WriteMessage(Summary(count, elapsed.count()));
}

}  // namespace deltaic::cli
