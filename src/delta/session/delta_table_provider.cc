#include <deltaic/delta/session/delta_table_provider.h>

#include <utility>

#include "delta/scan/file_scan_plan.h"

namespace deltaic::delta {

DeltaTableProvider::DeltaTableProvider(std::shared_ptr<const Snapshot> snapshot)
    : snapshot_(std::move(snapshot)), columns_(std::make_shared<const TableColumns>(*snapshot_)) {}

DeltaTableProvider::~DeltaTableProvider() = default;

const Schema& DeltaTableProvider::schema() const { return columns_->table_schema; }

datafusion::FileScan DeltaTableProvider::Scan(const datafusion::ScanRequest& request) const {
  return PlanFileScan(*snapshot_, *columns_, request);
}

}  // namespace deltaic::delta
