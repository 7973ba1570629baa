#include "delta/session/latest_table_cache.h"

#include <algorithm>

namespace deltaic::delta {

std::shared_ptr<const LatestTable> LatestTableCache::Find(const std::string& uri) {
  return Find(TableAccess::Open(uri, storage_options_));
}

std::shared_ptr<const LatestTable> LatestTableCache::Find(const TableAccess& access) {
  const auto find = [&] {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.url == access.store().url(); });
  };
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = find(); found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
      return entries_.front().table;
    }
  }
  auto table = LatestTable::Open(access, config_);
  const std::scoped_lock lock(mutex_);
  if (const auto found = find(); found != entries_.end()) return found->table;
  entries_.push_front({access.store().url(), table});
  if (entries_.size() > kCapacity) entries_.pop_back();
  return table;
}

}  // namespace deltaic::delta
