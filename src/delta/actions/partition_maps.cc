#include "delta/actions/partition_maps.h"

#include <algorithm>
#include <utility>

namespace deltaic::delta {

std::optional<size_t> PartitionMaps::FindEntry(size_t row, uint32_t name) const {
  size_t begin = row_ends_.begin(row);
  size_t end = row_ends_.end(row);
  while (begin < end) {
    const size_t middle = (begin + end) / 2;
    const auto found = static_cast<uint32_t>(entry_names_[middle]);
    if (found == name) return middle;
    if (found < name) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> PartitionMaps::Value(size_t entry) const {
  const int64_t number = entry_values_[entry];
  if (number == kNull) return std::nullopt;
  return values_[static_cast<size_t>(number)];
}

std::optional<std::string_view> PartitionMaps::Find(size_t row, uint32_t name) const {
  const std::optional<size_t> entry = FindEntry(row, name);
  return entry ? Value(*entry) : std::nullopt;
}

bool PartitionMaps::RowEquals(size_t row, const PartitionMaps& other, size_t other_row) const {
  const size_t begin = row_ends_.begin(row);
  const size_t end = row_ends_.end(row);
  if (end - begin != other.row_ends_.end(other_row) - other.row_ends_.begin(other_row)) {
    return false;
  }
  for (size_t i = begin; i < end; ++i) {
    const std::optional<uint32_t> name =
        other.FindName(names_[static_cast<uint32_t>(entry_names_[i])]);
    if (!name) return false;
    const std::optional<size_t> entry = other.FindEntry(other_row, *name);
    if (!entry || Value(i) != other.Value(*entry)) return false;
  }
  return true;
}

bool PartitionMapsBuilder::EndRow() {
  const auto begin = entries_.begin() + (row_ends_.empty() ? 0 : row_ends_.back());
  row_ends_.push_back(static_cast<uint32_t>(entries_.size()));
  const auto by_name = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  if (!std::is_sorted(begin, entries_.end(), by_name)) std::sort(begin, entries_.end(), by_name);
  const auto same_name = [](const Entry& a, const Entry& b) { return a.name == b.name; };
  return std::adjacent_find(begin, entries_.end(), same_name) == entries_.end();
}

void PartitionMapsBuilder::AppendRows(const PartitionMaps& from, std::span<const uint32_t> rows) {
  std::vector<uint32_t> numbers;  // By number of the name in `from`.
  for (uint32_t name = 0; name < from.num_names(); ++name) {
    numbers.push_back(InternName(from.name(name)));
  }
  for (const uint32_t row : rows) {
    for (size_t i = from.row_ends_.begin(row); i < from.row_ends_.end(row); ++i) {
      Append(numbers[static_cast<size_t>(from.entry_names_[i])], from.Value(i));
    }
    EndRow();
  }
}

PartitionMaps PartitionMapsBuilder::Finish() {
  PartitionMaps maps;
  maps.names_ = names_;
  maps.values_ = values_.TakeTexts();
  maps.entry_names_ = PackedIntegers::Of(
      entries_.size(), [this](size_t i) { return static_cast<int64_t>(entries_[i].name); });
  maps.entry_values_ =
      PackedIntegers::Of(entries_.size(), [this](size_t i) { return entries_[i].value; });
  maps.row_ends_ = PackedEnds(row_ends_);
  entries_.clear();
  row_ends_.clear();
  return maps;
}

}  // namespace deltaic::delta
