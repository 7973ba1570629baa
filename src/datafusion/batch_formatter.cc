#include <deltaic/datafusion/batch_formatter.h>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.h>

#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {
namespace {

std::string_view FormatName(TextFormat format) {
  switch (format) {
    case TextFormat::kTable:
      return "table";
    case TextFormat::kCsv:
      return "csv";
    case TextFormat::kNdjson:
      return "ndjson";
    case TextFormat::kRows:
      return "rows";
  }
  return "";
}

}  // namespace

TextFormat ParseTextFormat(std::string_view name) {
  for (TextFormat format :
       {TextFormat::kTable, TextFormat::kCsv, TextFormat::kNdjson, TextFormat::kRows}) {
    if (FormatName(format) == name) return format;
  }
  throw Error(ErrorCode::kInvalidArgument, fmt::format("The text format is not known: {}", name));
}

std::string FormatBatches(const Schema& schema, const std::vector<RecordBatch>& batches,
                          TextFormat format, bool header) {
  ArrowSchema columns{};
  schema.Export(&columns);
  ArrowArrayStream stream{};
  if (ArrowBasicArrayStreamInit(&stream, &columns, static_cast<int64_t>(batches.size())) !=
      NANOARROW_OK) {
    columns.release(&columns);
    throw std::bad_alloc();
  }
  for (size_t i = 0; i < batches.size(); ++i) {
    ArrowArray array{};
    batches[i].Export(&array);
    ArrowBasicArrayStreamSetArray(&stream, static_cast<int64_t>(i), &array);
  }
  return Call([&] {
    return std::string(bridge::format_batches(&stream, ToRust(FormatName(format)), header));
  });
}

}  // namespace deltaic::datafusion
