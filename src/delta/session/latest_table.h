#pragma once

// A table that each statement sees at its newest version.

#include <memory>
#include <mutex>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Keeps the newest snapshot that it has seen, and reads of the log only what came after it. Safe
/// to share between threads.
class LatestTable : public datafusion::TableProvider {
 public:
  /// Starts from `snapshot`. Each statement reads it as `config` says then.
  LatestTable(std::shared_ptr<const Snapshot> snapshot, ScanConfigSource config);

  /// Loads the newest version. Errors as `LoadLatestSnapshot`.
  static std::shared_ptr<const LatestTable> Open(const TableAccess& access,
                                                 ScanConfigSource config);

  /// Those of the version it started from, for callers that never ask for `Current`.
  const Schema& schema() const override { return first_.schema(); }
  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override;

  std::shared_ptr<const TableProvider> AtVersion(
      const datafusion::TableVersion& version) const override;
  std::shared_ptr<const TableProvider> Current() const override;
  int64_t Insert(const datafusion::DataFrame& rows, datafusion::InsertMode mode) const override;
  std::shared_ptr<const TableProvider> WithIdentity() const override;

  /// The newest snapshot, now.
  std::shared_ptr<const Snapshot> Refresh() const;

 private:
  std::shared_ptr<const Snapshot> Seen() const;

  const ScanConfigSource config_;
  const DeltaTableProvider first_;
  mutable std::mutex refreshing_;  // Held while the log is read: one reader is enough.
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace deltaic::delta
