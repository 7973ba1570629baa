#include <deltaic/delta/scan/file_selection.h>

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/table_provider.h>

#include "base/excerpt.h"
#include "delta/protocol/partition_value.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/sql_literal.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string_view what, std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, Excerpt(text)));
}

std::vector<int64_t> Select(const Snapshot& snapshot, std::string_view sql) {
  const TableColumns columns(snapshot);
  const datafusion::ScanRequest request{
      .filters = {datafusion::Expression::Parse(sql, columns.table_schema)}};
  std::vector<int64_t> files = SelectFiles(snapshot, columns, request).files;
  std::sort(files.begin(), files.end());
  return files;
}

// A column that a filter names.
struct Column {
  const StructField& field;
  bool is_partition;
  std::string sql;
};

Column FindColumn(const Snapshot& snapshot, const std::string& name) {
  for (const StructField& field : snapshot.schema().fields()) {
    if (field.name != name) continue;
    if (field.type.is_nested()) Refuse("A filter names a column that is nested", name);
    const std::vector<std::string>& partitions = snapshot.metadata().partition_columns;
    const bool is_partition =
        std::find(partitions.begin(), partitions.end(), name) != partitions.end();
    return {field, is_partition, SqlIdentifier(name)};
  }
  Refuse("A filter names a column that the table does not have", name);
}

using Value = std::optional<std::string>;

bool IsNull(const Column& column, const Value& value) {
  return !value || (column.is_partition && IsNullPartition(column.field, value));
}

std::string AnyOf(const Column& column, const std::vector<Value>& values) {
  std::string literals;
  bool has_null = false;
  for (const Value& value : values) {
    if (IsNull(column, value)) {
      has_null = true;
      continue;
    }
    literals += literals.empty() ? "" : ", ";
    literals += SqlLiteral(column.field, *value);
  }
  if (literals.empty()) return has_null ? column.sql + " IS NULL" : "FALSE";
  const std::string found = fmt::format("{} IN ({})", column.sql, literals);
  return has_null ? fmt::format("({} OR {} IS NULL)", found, column.sql) : found;
}

std::string NoneOf(const Column& column, const std::vector<Value>& values) {
  if (values.empty()) return "TRUE";
  return fmt::format("({} IS NOT NULL AND NOT {})", column.sql, AnyOf(column, values));
}

std::string ToSql(const Snapshot& snapshot, const PartitionFilter& filter) {
  const Column column = FindColumn(snapshot, filter.column);
  if (filter.op == "in") return AnyOf(column, filter.values);
  if (filter.op == "not in") return NoneOf(column, filter.values);
  const bool equal = filter.op == "=" || filter.op == "==";
  const bool known = equal || filter.op == "!=" || filter.op == "<" || filter.op == "<=" ||
                     filter.op == ">" || filter.op == ">=";
  if (!known) Refuse("A filter has an operator that is not known", filter.op);
  if (filter.values.size() != 1)
    Refuse("A filter must compare its column with one value", filter.column);
  const Value& value = filter.values.front();
  if (IsNull(column, value)) {
    if (equal) return column.sql + " IS NULL";
    if (filter.op == "!=") return column.sql + " IS NOT NULL";
    return "FALSE";
  }
  return fmt::format("{} {} {}", column.sql, equal ? "=" : filter.op,
                     SqlLiteral(column.field, *value));
}

}  // namespace

std::vector<int64_t> FilesMatchingPredicate(const Snapshot& snapshot, std::string_view sql) {
  return Select(snapshot, sql);
}

std::vector<int64_t> FilesMatchingFilters(const Snapshot& snapshot,
                                          const PartitionFilters& filters) {
  std::vector<std::string> alternatives;
  for (const std::vector<PartitionFilter>& conjunction : filters) {
    std::string all = "TRUE";
    for (const PartitionFilter& filter : conjunction) {
      const std::string sql = ToSql(snapshot, filter);
      all = all == "TRUE" ? sql : all + " AND " + sql;
    }
    alternatives.push_back(fmt::format("({})", all));
  }
  if (alternatives.empty()) {
    std::vector<int64_t> files(snapshot.files().size());
    std::iota(files.begin(), files.end(), 0);
    return files;
  }
  return Select(snapshot, fmt::format("{}", fmt::join(alternatives, " OR ")));
}

std::vector<std::vector<std::optional<std::string>>> PartitionsOf(
    const Snapshot& snapshot, const std::vector<int64_t>& files) {
  using Views = std::vector<std::optional<std::string_view>>;
  const auto num_columns = static_cast<int>(snapshot.metadata().partition_columns.size());
  if (num_columns == 0) return {};
  std::set<Views> distinct;
  Views values(num_columns);
  for (const int64_t file : files) {
    for (int column = 0; column < num_columns; ++column) {
      values[column] = snapshot.files().partition_value(file, column);
    }
    distinct.insert(values);
  }
  std::vector<std::vector<std::optional<std::string>>> partitions;
  for (const Views& views : distinct) partitions.emplace_back(views.begin(), views.end());
  return partitions;
}

}  // namespace deltaic::delta
