#include "delta/write/schema_merge.h"

#include <map>
#include <set>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/case_folding.h"
#include "base/text/excerpt.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kSchemaMismatch, std::move(message));
}

void CheckNames(const std::string& path, const DataType& type) {
  const std::string prefix = path.empty() ? "" : path + ".";
  switch (type.kind()) {
    case TypeKind::kArray:
      return CheckNames(prefix + "element", type.element_type());
    case TypeKind::kMap:
      CheckNames(prefix + "key", type.key_type());
      return CheckNames(prefix + "value", type.value_type());
    case TypeKind::kStruct: {
      std::map<std::string, std::string> seen;
      for (const StructField& field : type.fields()) {
        const auto [other, is_new] = seen.emplace(FoldCase(field.name), field.name);
        if (!is_new) {
          throw Error(
              ErrorCode::kInvalidArgument,
              fmt::format("Two columns differ in nothing but the case of their names, or not at "
                          "all: {} and {}",
                          Excerpt(prefix + other->second), Excerpt(prefix + field.name)));
        }
        CheckNames(prefix + field.name, field.type);
      }
      return;
    }
    default:
      return;
  }
}

// Merges types under the name of a column, as messages show it.
class Merger {
 public:
  DataType Merge(const std::string& path, const DataType& table, const DataType& rows) {
    if (table.kind() == TypeKind::kVoid) return rows;
    if (rows.kind() == TypeKind::kVoid) return table;
    if (!table.is_nested() && !rows.is_nested()) return table;
    if (table.kind() != rows.kind()) {
      Refuse(fmt::format("The column {} has the type {} in the table and {} in the rows.",
                         Excerpt(path), table.name(), rows.name()));
    }
    switch (table.kind()) {
      case TypeKind::kArray:
        return DataType::Array(Merge(path + ".element", table.element_type(), rows.element_type()),
                               table.contains_null());
      case TypeKind::kMap: {
        DataType key = Merge(path + ".key", table.key_type(), rows.key_type());
        DataType value = Merge(path + ".value", table.value_type(), rows.value_type());
        return DataType::Map(std::move(key), std::move(value), table.contains_null());
      }
      default:
        return DataType::Struct(MergeFields(path + ".", table.fields(), rows.fields()));
    }
  }

  std::vector<StructField> MergeFields(const std::string& prefix,
                                       const std::vector<StructField>& table,
                                       const std::vector<StructField>& rows) {
    std::vector<StructField> merged = table;
    for (const StructField& field : rows) {
      const int index = FindField(table, field.name);
      if (index < 0) {
        StructField added = field;
        added.nullable = true;
        merged.push_back(std::move(added));
        continue;
      }
      StructField& known = merged[static_cast<size_t>(index)];
      known.type = Merge(prefix + field.name, known.type, field.type);
    }
    return merged;
  }
};

}  // namespace

void CheckColumnNames(const std::vector<StructField>& fields) {
  CheckNames("", DataType::Struct(fields));
}

int FindField(const std::vector<StructField>& fields, const std::string& name) {
  int found = -1;
  const std::string folded = FoldCase(name);
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
    if (FoldCase(fields[i].name) == folded) found = static_cast<int>(i);
  }
  return found;
}

DataType MergeSchemas(const DataType& table, const std::vector<StructField>& rows) {
  CheckColumnNames(rows);
  return DataType::Struct(Merger().MergeFields("", table.fields(), rows));
}

std::vector<std::optional<std::string>> MatchColumns(const std::vector<StructField>& table,
                                                     const std::vector<StructField>& rows) {
  CheckColumnNames(rows);
  std::vector<std::optional<std::string>> sources(table.size());
  for (const StructField& field : rows) {
    const int index = FindField(table, field.name);
    if (index < 0) {
      Refuse(
          fmt::format("The table has no column of this name; the schema mode \"merge\" adds it: "
                      "{}",
                      Excerpt(field.name)));
    }
    sources[static_cast<size_t>(index)] = field.name;
  }
  return sources;
}

}  // namespace deltaic::delta
