#include "delta/operations/foreign_file.h"

#include <string>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/text/excerpt.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/schema/column_mapping.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(const ScanFile& file, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("A file cannot be added: {}. It is {}.", why, ShownDataPath(file.path)));
}

void CheckPath(const ScanFile& file, const TableAccess& access) {
  try {
    if (ResolveDataPath(file.path, access.root_urls()).root != 0U) {
      Refuse(file, "its path does not lead into the table");
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    Refuse(file, "its path is none of a file");
  }
}

void CheckStatistics(const ScanFile& file) {
  if (file.statistics_json.empty()) return;
  // Numbers may be of any size, which a whole document of simdjson does not hold.
  simdjson::ondemand::parser parser;
  const simdjson::padded_string text(file.statistics_json);
  simdjson::ondemand::document document;
  simdjson::ondemand::object members;
  bool is_object = parser.iterate(text).get(document) == simdjson::SUCCESS &&
                   document.get_object().get(members) == simdjson::SUCCESS;
  if (is_object) {
    for (auto member : members) is_object &= member.error() == simdjson::SUCCESS;
  }
  if (!is_object) Refuse(file, "its statistics are no JSON object");
}

}  // namespace

AddFile AddOf(const ScanFile& file, const TableShape& shape, const TableAccess& access) {
  CheckPath(file, access);
  CheckStatistics(file);
  if (file.size < 0) Refuse(file, "its size is negative");
  AddFile add;
  add.path = file.path;
  add.size = file.size;
  add.modification_time = file.modification_time;
  if (!file.statistics_json.empty()) add.stats = file.statistics_json;
  const std::vector<std::string> names =
      StoredNames(shape.schema, shape.metadata.partition_columns);
  for (const std::string& name : names) {
    const auto value = file.partition_values.find(name);
    if (value == file.partition_values.end()) {
      Refuse(file, fmt::format("it has no value for the partition column {}", Excerpt(name)));
    }
    add.partition_values.emplace(name, value->second);
  }
  if (file.partition_values.size() != names.size()) {
    Refuse(file, "it has a value for a column that is no partition column");
  }
  return add;
}

}  // namespace deltaic::delta
