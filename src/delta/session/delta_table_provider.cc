#include <deltaic/delta/session/delta_table_provider.h>

#include <utility>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/scan/file_scan_plan.h"

namespace deltaic::delta {

DeltaTableProvider::DeltaTableProvider(std::shared_ptr<const Snapshot> snapshot)
    : snapshot_(std::move(snapshot)), columns_(std::make_shared<const TableColumns>(*snapshot_)) {}

DeltaTableProvider::~DeltaTableProvider() = default;

const Schema& DeltaTableProvider::schema() const { return columns_->table_schema; }

datafusion::FileScan DeltaTableProvider::Scan(const datafusion::ScanRequest& request) const {
  return PlanFileScan(*snapshot_, *columns_, request);
}

std::shared_ptr<const datafusion::TableProvider> DeltaTableProvider::AtVersion(
    const datafusion::TableVersion& version) const {
  if (version.version == snapshot_->version()) {
    return std::make_shared<DeltaTableProvider>(snapshot_);
  }
  if (version.version) {
    return std::make_shared<DeltaTableProvider>(
        LoadSnapshotAtVersion(snapshot_->store(), *version.version));
  }
  // A commit counts from its millisecond on.
  const int64_t micros = version.timestamp_us.value_or(0);
  const int64_t millis = micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
  return std::make_shared<DeltaTableProvider>(LoadSnapshotAtTimestamp(snapshot_->store(), millis));
}

}  // namespace deltaic::delta
