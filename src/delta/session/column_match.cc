#include "delta/session/column_match.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

/// The Arrow format without what SQL cannot say: layouts of strings, binaries and lists, and units
/// and zones of timestamps.
std::string Kind(std::string_view format) {
  if (format == "u" || format == "U" || format == "vu") return "string";
  if (format == "z" || format == "Z" || format == "vz") return "binary";
  if (format == "+l" || format == "+L" || format == "+vl" || format == "+vL") return "list";
  if (format.starts_with("ts")) return "timestamp";
  return std::string(format);
}

bool IsSame(const ArrowSchema& given, const ArrowSchema& actual) {
  if (Kind(given.format) != Kind(actual.format)) return false;
  if (given.n_children != actual.n_children) return false;
  for (int64_t i = 0; i < given.n_children; ++i) {
    if (!IsSame(*given.children[i], *actual.children[i])) return false;
  }
  return true;
}

bool IsNullable(const Schema& columns, int64_t column) {
  return (columns.c_schema()->children[column]->flags & ARROW_FLAG_NULLABLE) != 0;
}

[[noreturn]] void Refuse(std::string_view what, std::string_view where) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, where));
}

/// The positions of columns by their names.
using Positions = std::unordered_map<std::string_view, int64_t>;

Positions PositionsOf(const Schema& columns) {
  Positions positions;
  for (int64_t i = 0; i < columns.num_columns(); ++i) {
    positions.emplace(columns.column_name(i), i);
  }
  return positions;
}

}  // namespace

void CheckColumns(const Schema& given, const Schema& actual) {
  if (given.num_columns() == 0) return;
  const Positions in_table = PositionsOf(actual);
  for (int64_t i = 0; i < given.num_columns(); ++i) {
    const std::string_view name = given.column_name(i);
    const auto found = in_table.find(name);
    if (found == in_table.end()) Refuse("The table has no such column", name);
    if (!IsSame(*given.c_schema()->children[i], *actual.c_schema()->children[found->second])) {
      Refuse("The table's column has another type", name);
    }
    if (!IsNullable(given, i) && IsNullable(actual, found->second)) {
      Refuse("The statement says NOT NULL of a column that may hold nulls", name);
    }
  }
  const Positions in_statement = PositionsOf(given);
  for (int64_t i = 0; i < actual.num_columns(); ++i) {
    if (in_statement.count(actual.column_name(i)) == 0) {
      Refuse("The statement lacks a column of the table", actual.column_name(i));
    }
  }
  for (int64_t i = 0; i < given.num_columns(); ++i) {
    const std::string_view name = given.column_name(i);
    if (in_statement.at(name) != i) Refuse("The statement names a column twice", name);
    if (name != actual.column_name(i)) {
      Refuse("The statement's columns must come in the table's order",
             fmt::format("column {} is {} in the table, and {} in the statement", i + 1,
                         actual.column_name(i), name));
    }
  }
}

}  // namespace deltaic::delta
