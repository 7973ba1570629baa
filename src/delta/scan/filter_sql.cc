#include <deltaic/delta/scan/filter_sql.h>

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "delta/protocol/partition_value.h"
#include "delta/protocol/sql_literal.h"
#include "delta/scan/compared_value.h"

namespace deltaic::delta {
namespace {

using Value = std::optional<std::string>;

[[noreturn]] void Refuse(std::string_view what, std::string_view text) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, Excerpt(text)));
}

// A column that a filter names, and how its values are written.
class Column {
 public:
  Column(const Snapshot& snapshot, const std::string& name, FilterNulls nulls)
      : field_(FindField(snapshot, name)), sql_(SqlIdentifier(name)), nulls_(nulls) {
    const std::vector<std::string>& partitions = snapshot.metadata().partition_columns;
    is_partition_ = nulls == FilterNulls::kOfPartitions &&
                    std::find(partitions.begin(), partitions.end(), name) != partitions.end();
  }

  std::string Compare(std::string_view op, const Value& value) const {
    const bool is_equal = op == "=" || op == "==";
    if (IsNull(value)) {
      if (is_equal) return sql_ + " IS NULL";
      return op == "!=" ? sql_ + " IS NOT NULL" : "FALSE";
    }
    const ComparedValue compared = Find(*value);
    switch (compared.fit) {
      case ValueFit::kExact:
        return fmt::format("{} {} {}", sql_, is_equal ? "=" : op, Literal(compared));
      case ValueFit::kBetween:
        if (op.starts_with('<')) return fmt::format("{} <= {}", sql_, Literal(compared));
        if (op.starts_with('>')) return fmt::format("{} > {}", sql_, Literal(compared));
        return op == "!=" ? sql_ + " IS NOT NULL" : "FALSE";
      case ValueFit::kBelowAll:
        return op.starts_with('>') || op == "!=" ? sql_ + " IS NOT NULL" : "FALSE";
      case ValueFit::kAboveAll:
        return op.starts_with('<') || op == "!=" ? sql_ + " IS NOT NULL" : "FALSE";
    }
    Refuse("A filter has an operator that is not known", op);
  }

  std::string AnyOf(const std::vector<Value>& values) const {
    std::string literals;
    bool has_null = false;
    for (const Value& value : values) {
      if (IsNull(value)) {
        has_null = true;
        continue;
      }
      const ComparedValue compared = Find(*value);
      if (compared.fit != ValueFit::kExact) continue;
      literals += literals.empty() ? "" : ", ";
      literals += Literal(compared);
    }
    if (literals.empty()) return has_null ? sql_ + " IS NULL" : "FALSE";
    const std::string found = fmt::format("{} IN ({})", sql_, literals);
    return has_null ? fmt::format("({} OR {} IS NULL)", found, sql_) : found;
  }

  std::string NoneOf(const std::vector<Value>& values) const {
    const bool has_null = std::ranges::any_of(values, [&](const Value& v) { return IsNull(v); });
    // IN is null, not false, where the column is.
    if (nulls_ == FilterNulls::kOfRows && !has_null) {
      return fmt::format("({}) IS NOT TRUE", AnyOf(values));
    }
    if (values.empty()) return "TRUE";
    return fmt::format("({} IS NOT NULL AND NOT {})", sql_, AnyOf(values));
  }

 private:
  static const StructField& FindField(const Snapshot& snapshot, const std::string& name) {
    for (const StructField& field : snapshot.schema().fields()) {
      if (field.name == name) return field;
    }
    Refuse("A filter names a column that the table does not have", name);
  }

  ComparedValue Find(std::string_view text) const {
    if (field_.type.is_nested()) {
      Refuse("A filter compares a column that is nested with a value", field_.name);
    }
    return CompareWithType(field_.type, text);
  }

  std::string Literal(const ComparedValue& value) const { return SqlLiteral(field_, value.text); }

  bool IsNull(const Value& value) const {
    return !value || (is_partition_ && IsNullPartition(field_, value));
  }

  const StructField& field_;
  const std::string sql_;
  const FilterNulls nulls_;
  bool is_partition_ = false;
};

bool IsComparison(std::string_view op) {
  for (const std::string_view known : {"=", "==", "!=", "<", "<=", ">", ">="}) {
    if (op == known) return true;
  }
  return false;
}

std::string ToSql(const Snapshot& snapshot, const PartitionFilter& filter, FilterNulls nulls) {
  const Column column(snapshot, filter.column, nulls);
  if (filter.op == "in") return column.AnyOf(filter.values);
  if (filter.op == "not in") return column.NoneOf(filter.values);
  if (!IsComparison(filter.op)) Refuse("A filter has an operator that is not known", filter.op);
  if (filter.values.size() != 1) {
    Refuse("A filter must compare its column with one value", filter.column);
  }
  return column.Compare(filter.op, filter.values.front());
}

}  // namespace

std::string FilterSql(const Snapshot& snapshot, const PartitionFilters& filters,
                      FilterNulls nulls) {
  std::vector<std::string> alternatives;
  for (const std::vector<PartitionFilter>& conjunction : filters) {
    std::string all = "TRUE";
    for (const PartitionFilter& filter : conjunction) {
      const std::string sql = ToSql(snapshot, filter, nulls);
      all = all == "TRUE" ? sql : all + " AND " + sql;
    }
    alternatives.push_back(fmt::format("({})", all));
  }
  if (alternatives.empty()) return "TRUE";
  return fmt::format("{}", fmt::join(alternatives, " OR "));
}

}  // namespace deltaic::delta
