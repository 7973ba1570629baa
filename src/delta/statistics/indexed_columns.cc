#include "delta/statistics/indexed_columns.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace deltaic::delta {
namespace {

constexpr int64_t kDefaultColumns = 32;

std::optional<std::string_view> Property(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.configuration.find(name);
  if (found == metadata.configuration.end()) return std::nullopt;
  return found->second;
}

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

int64_t NumIndexedColumns(const Metadata& metadata) {
  const auto text = Property(metadata, "delta.dataSkippingNumIndexedCols");
  int64_t number = kDefaultColumns;
  if (text) {
    const char* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || rest != end) number = kDefaultColumns;
  }
  return number < 0 ? std::numeric_limits<int64_t>::max() : number;
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
  if (const auto list = Property(metadata, "delta.dataSkippingStatsColumns")) {
    const std::vector<std::string> names = SplitNames(*list);
    return Pick(columns, "", [&](const std::string& path) {
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return path == name || path.starts_with(name + ".");
      });
    });
  }
  int64_t left = NumIndexedColumns(metadata);
  return Pick(columns, "", [&](const std::string&) { return left-- > 0; });
}

}  // namespace deltaic::delta
