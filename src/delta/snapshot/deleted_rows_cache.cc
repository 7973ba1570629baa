#include "delta/snapshot/deleted_rows_cache.h"

#include <utility>

namespace deltaic::delta {

size_t DeletedRowsCache::Entry::bytes() const {
  return sizeof(Entry) + id.size() + sizeof(RowSet) + rows->ranges.size() * sizeof(RowRange);
}

RowSetPtr DeletedRowsCache::Find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->rows;
}

void DeletedRowsCache::Keep(std::string_view id, RowSetPtr rows) {
  const std::lock_guard lock(mutex_);
  if (by_id_.contains(id)) return;
  entries_.push_front({std::string(id), std::move(rows)});
  by_id_.emplace(entries_.front().id, entries_.begin());
  bytes_ += entries_.front().bytes();
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().bytes();
    by_id_.erase(entries_.back().id);
    entries_.pop_back();
  }
}

}  // namespace deltaic::delta
