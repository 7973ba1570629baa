#include "delta/statistics/indexed_columns.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

// The names of a list "a, b.c, `d.e`", without the quotes.
std::vector<std::string> SplitNames(std::string_view list) {
  std::vector<std::string> names(1);
  bool quoted = false;
  for (const char c : list) {
    if (c == '`') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.emplace_back();
    } else if (quoted || c != ' ') {
      names.back() += c;
    }
  }
  return names;
}

using LeafTest = std::function<bool(const std::string& path)>;

std::vector<StructField> Pick(const std::vector<StructField>& fields, const std::string& prefix,
                              const LeafTest& is_wanted) {
  std::vector<StructField> picked;
  for (const StructField& field : fields) {
    const std::string path = prefix + field.name;
    if (field.type.kind() == TypeKind::kStruct) {
      std::vector<StructField> inner = Pick(field.type.fields(), path + ".", is_wanted);
      if (inner.empty()) continue;
      picked.push_back(field);
      picked.back().type = DataType::Struct(std::move(inner));
    } else if (is_wanted(path)) {
      picked.push_back(field);
    }
  }
  return picked;
}

}  // namespace

std::vector<StructField> IndexedColumns(const std::vector<StructField>& columns,
                                        const Metadata& metadata) {
  const TableProperties properties(metadata);
  if (const auto list = properties.statistics_columns()) {
    std::unordered_set<std::string> names;
    for (std::string& name : SplitNames(*list)) names.insert(std::move(name));
    return Pick(columns, "", [&](const std::string& path) {
      if (names.contains(path)) return true;
      // A column is also named by what it is in.
      for (size_t end = path.find('.'); end != std::string::npos; end = path.find('.', end + 1)) {
        if (names.contains(path.substr(0, end))) return true;
      }
      return false;
    });
  }
  int64_t left = properties.num_indexed_columns();
  return Pick(columns, "", [&](const std::string&) { return left-- > 0; });
}

}  // namespace deltaic::delta
