#pragma once

// The tables that a session has met by path or URL: met again, they are refreshed, not loaded.

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include <deltaic/base/options.h>
#include <deltaic/delta/log/table_access.h>

#include "delta/session/latest_table.h"

namespace deltaic::delta {

/// Keeps the tables used last, at most `kCapacity`. Safe to share between threads.
class LatestTableCache {
 public:
  static constexpr size_t kCapacity = 64;

  LatestTableCache(Options storage_options, ScanConfigSource config)
      : storage_options_(std::move(storage_options)), config_(std::move(config)) {}

  /// Returns the table at a path or URL. Errors as `TableAccess::Open` and `LoadLatestSnapshot`.
  std::shared_ptr<const LatestTable> Find(const std::string& uri);

  std::shared_ptr<const LatestTable> Find(const TableAccess& access);

  const Options& storage_options() const { return storage_options_; }

 private:
  struct Entry {
    std::string url;
    std::shared_ptr<const LatestTable> table;
  };

  const Options storage_options_;
  const ScanConfigSource config_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // The one used last comes first.
};

}  // namespace deltaic::delta
