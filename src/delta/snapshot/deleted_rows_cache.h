#pragma once

// Deleted rows of files, kept from query to query: to read a small deletion vector costs a request.
// Safe to share between threads.

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

using RowSetPtr = std::shared_ptr<const RowSet>;

/// Keeps up to 32 MiB for a table and its refreshed snapshots: vectors never change. What was used
/// the longest time ago is dropped first.
class DeletedRowsCache {
 public:
  explicit DeletedRowsCache(size_t max_bytes = 32 << 20) : max_bytes_(max_bytes) {}

  /// What a vector deletes, by its unique id; null where it is not known.
  RowSetPtr Find(std::string_view id);

  void Keep(std::string_view id, RowSetPtr rows);

 private:
  struct Entry {
    std::string id;
    RowSetPtr rows;
    size_t bytes() const;
  };
  using Entries = std::list<Entry>;

  const size_t max_bytes_;
  std::mutex mutex_;
  Entries entries_;  // What was used last comes first.
  std::unordered_map<std::string_view, Entries::iterator> by_id_;
  size_t bytes_ = 0;
};

}  // namespace deltaic::delta
