#include "delta/protocol/partition_maps.h"

#include <algorithm>

namespace deltaic::delta {

bool PartitionMaps::EndRow() {
  const auto begin = entries_.begin() + row_ends_.back();
  row_ends_.push_back(static_cast<uint32_t>(entries_.size()));
  const auto by_name = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  if (!std::is_sorted(begin, entries_.end(), by_name)) std::sort(begin, entries_.end(), by_name);
  const auto same_name = [](const Entry& a, const Entry& b) { return a.name == b.name; };
  return std::adjacent_find(begin, entries_.end(), same_name) == entries_.end();
}

uint32_t PartitionMaps::FindValue(size_t row, uint32_t name) const {
  const Entry* begin = entries_.data() + row_ends_[row];
  const Entry* end = entries_.data() + row_ends_[row + 1];
  const Entry* found = std::lower_bound(
      begin, end, name, [](const Entry& entry, uint32_t wanted) { return entry.name < wanted; });
  return found != end && found->name == name ? found->value : kNull;
}

bool PartitionMaps::RowEquals(size_t row, const TextColumn& texts, const PartitionMaps& other,
                              size_t other_row, const TextColumn& other_texts) const {
  const size_t count = row_ends_[row + 1] - row_ends_[row];
  if (count != other.row_ends_[other_row + 1] - other.row_ends_[other_row]) return false;
  for (size_t i = 0; i < count; ++i) {
    const Entry& entry = entries_[row_ends_[row] + i];
    const std::optional<uint32_t> name = other.FindName(names_[entry.name]);
    if (!name) return false;
    const uint32_t value = other.FindValue(other_row, *name);
    if ((entry.value == kNull) != (value == kNull)) return false;
    if (value != kNull && texts[entry.value] != other_texts[value]) return false;
  }
  return true;
}

}  // namespace deltaic::delta
