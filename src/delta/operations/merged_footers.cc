#include "delta/operations/merged_footers.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "delta/write/schema_merge.h"

namespace deltaic::delta {
namespace {

// How wide a type is that Parquet stores in 32 bits; -1 for others.
int WidthOf(const DataType& type) {
  constexpr std::array kByWidth = {TypeKind::kByte, TypeKind::kShort, TypeKind::kInteger};
  const auto found = std::ranges::find(kByWidth, type.kind());
  return found == kByWidth.end() ? -1 : static_cast<int>(found - kByWidth.begin());
}

}  // namespace

void MergedFooters::Add(const std::string& file, const std::vector<StructField>& columns) {
  const DataType added = AllNullable(DataType::Struct(columns));
  file_ = file;
  if (first_.empty()) first_ = file;
  columns_ = MergeFields("", columns_, added.fields());
}

const std::string& MergedFooters::OriginOf(std::string path) const {
  while (true) {
    if (const auto found = origins_.find(path); found != origins_.end()) return found->second;
    const size_t dot = path.rfind('.');
    if (dot == std::string::npos) return first_;
    path.erase(dot);
  }
}

DataType MergedFooters::Merge(const std::string& path, const DataType& known,
                              const DataType& added) {
  if (known == added || added.kind() == TypeKind::kVoid) return known;
  const int width = WidthOf(known);
  const int added_width = WidthOf(added);
  const bool is_wider = width >= 0 && added_width > width;
  if (known.kind() == TypeKind::kVoid || is_wider) {
    origins_[path] = file_;
    return added;
  }
  if (width >= 0 && added_width >= 0) return known;
  if (known.kind() == added.kind()) {
    switch (known.kind()) {
      case TypeKind::kArray:
        return DataType::Array(Merge(path + ".element", known.element_type(), added.element_type()),
                               true);
      case TypeKind::kMap: {
        DataType key = Merge(path + ".key", known.key_type(), added.key_type());
        DataType value = Merge(path + ".value", known.value_type(), added.value_type());
        return DataType::Map(std::move(key), std::move(value), true);
      }
      case TypeKind::kStruct:
        return DataType::Struct(MergeFields(path + ".", known.fields(), added.fields()));
      default:
        break;
    }
  }
  throw Error(
      ErrorCode::kSchemaMismatch,
      fmt::format("The column {} has the type {} in the file {}, and {} in {}.", Excerpt(path),
                  known.name(), Excerpt(OriginOf(path)), added.name(), Excerpt(file_)));
}

std::vector<StructField> MergedFooters::MergeFields(const std::string& prefix,
                                                    const std::vector<StructField>& known,
                                                    const std::vector<StructField>& added) {
  std::vector<StructField> merged = known;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < merged.size(); ++i) places.emplace(ToLower(merged[i].name), i);
  std::set<size_t> taken;
  for (const StructField& field : added) {
    const std::string path = prefix + field.name;
    const auto [place, is_new] = places.emplace(ToLower(field.name), merged.size());
    const bool is_twice = !taken.insert(place->second).second;
    if (is_new) {
      if (file_ != first_) origins_[path] = file_;
      merged.push_back(field);
      continue;
    }
    StructField& there = merged[place->second];
    if (is_twice || there.name != field.name) {
      throw Error(ErrorCode::kSchemaMismatch,
                  fmt::format("Two columns differ in nothing but the case of their names, or not "
                              "at all: {} in the file {}, and {} in {}",
                              Excerpt(prefix + there.name), Excerpt(OriginOf(prefix + there.name)),
                              Excerpt(path), Excerpt(file_)));
    }
    there.type = Merge(path, there.type, field.type);
  }
  return merged;
}

}  // namespace deltaic::delta
