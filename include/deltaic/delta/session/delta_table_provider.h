#pragma once

// A Delta snapshot as a table of the engine.

#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

struct TableColumns;

/// Serves one snapshot. Files are left out by partition values and by the statistics of the log
/// before any of them is opened. Partition columns come last in the schema.
class DELTAIC_EXPORT DeltaTableProvider : public datafusion::TableProvider {
 public:
  explicit DeltaTableProvider(std::shared_ptr<const Snapshot> snapshot);
  ~DeltaTableProvider() override;

  const Schema& schema() const override;
  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override;

  /// Loads another version of the table. Errors as `LoadSnapshotAtVersion`.
  std::shared_ptr<const TableProvider> AtVersion(
      const datafusion::TableVersion& version) const override;

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const TableColumns> columns_;
};

}  // namespace deltaic::delta
