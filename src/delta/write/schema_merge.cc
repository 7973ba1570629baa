#include "delta/write/schema_merge.h"

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "base/text/letter_case.h"

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
        if (field.name.find('\0') != std::string::npos) {
          throw Error(ErrorCode::kInvalidArgument,
                      fmt::format("The name of a column cannot have the character U+0000: {}",
                                  Excerpt(prefix + field.name)));
        }
        const auto [other, is_new] = seen.emplace(LowerCase(field.name), field.name);
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

// Fields by their names.
class FieldIndex {
 public:
  explicit FieldIndex(const std::vector<StructField>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      exact_.emplace(fields[i].name, static_cast<int>(i));
      alike_.insert_or_assign(LowerCase(fields[i].name), static_cast<int>(i));
    }
  }

  // As `FindField`.
  int Find(const std::string& name) const {
    if (const auto found = exact_.find(name); found != exact_.end()) return found->second;
    const auto found = alike_.find(LowerCase(name));
    return found == alike_.end() ? -1 : found->second;
  }

 private:
  std::unordered_map<std::string_view, int> exact_;
  std::unordered_map<std::string, int> alike_;
};

// What rows lack of what the table has inside of its columns.
class Completeness {
 public:
  void Check(const std::string& path, const DataType& table, const DataType& rows) {
    if (table.kind() != rows.kind() || !table.is_nested()) return;
    switch (table.kind()) {
      case TypeKind::kArray:
        return Check(path + ".element", table.element_type(), rows.element_type());
      case TypeKind::kMap:
        Check(path + ".key", table.key_type(), rows.key_type());
        return Check(path + ".value", table.value_type(), rows.value_type());
      default:
        return CheckFields(path + ".", table.fields(), rows.fields());
    }
  }

 private:
  void CheckFields(const std::string& prefix, const std::vector<StructField>& table,
                   const std::vector<StructField>& rows) {
    const FieldIndex index(rows);
    for (const StructField& field : table) {
      const int found = index.Find(field.name);
      if (found < 0) {
        Refuse(
            fmt::format("The rows lack the column {}; with the schema mode \"merge\" it is null.",
                        Excerpt(prefix + field.name)));
      }
      Check(prefix + field.name, field.type, rows[static_cast<size_t>(found)].type);
    }
  }
};

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
    const FieldIndex known_fields(table);
    for (const StructField& field : rows) {
      const int index = known_fields.Find(field.name);
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

DataType AllNullable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kArray:
      return DataType::Array(AllNullable(type.element_type()), true);
    case TypeKind::kMap:
      return DataType::Map(AllNullable(type.key_type()), AllNullable(type.value_type()), true);
    case TypeKind::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) {
        field.type = AllNullable(field.type);
        field.nullable = true;
      }
      return DataType::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

void CheckColumnNames(const std::vector<StructField>& fields) {
  CheckNames("", DataType::Struct(fields));
}

int FindField(const std::vector<StructField>& fields, const std::string& name) {
  int found = -1;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
    if (IsSameName(fields[i].name, name)) found = static_cast<int>(i);
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
  const FieldIndex known_fields(table);
  for (const StructField& field : rows) {
    const int index = known_fields.Find(field.name);
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

void CheckNestedFields(const std::vector<StructField>& table,
                       const std::vector<StructField>& rows) {
  const FieldIndex known_fields(table);
  for (const StructField& field : rows) {
    const int index = known_fields.Find(field.name);
    if (index < 0) continue;
    Completeness().Check(field.name, table[static_cast<size_t>(index)].type, field.type);
  }
}

}  // namespace deltaic::delta
