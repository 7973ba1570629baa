#include "delta/session/latest_table.h"

#include <utility>

#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/session/table_changes.h"

namespace deltaic::delta {

LatestTable::LatestTable(std::shared_ptr<const Snapshot> snapshot, ScanConfigSource config)
    : config_(std::move(config)), first_(snapshot, config_()), snapshot_(std::move(snapshot)) {}

std::shared_ptr<const LatestTable> LatestTable::Open(const TableAccess& access,
                                                     ScanConfigSource config) {
  return std::make_shared<LatestTable>(LoadLatestSnapshot(access), std::move(config));
}

datafusion::FileScan LatestTable::Scan(const datafusion::ScanRequest& request) const {
  return first_.Scan(request);
}

std::shared_ptr<const datafusion::TableProvider> LatestTable::AtVersion(
    const datafusion::TableVersion& version) const {
  return DeltaTableProvider(Seen(), config_()).AtVersion(version);
}

std::shared_ptr<const datafusion::TableProvider> LatestTable::Current() const {
  return std::make_shared<DeltaTableProvider>(Refresh(), config_());
}

int64_t LatestTable::Insert(const datafusion::DataFrame& rows, datafusion::InsertMode mode) const {
  return InsertRows(Refresh(), rows, mode);
}

std::shared_ptr<const datafusion::TableProvider> LatestTable::WithIdentity() const {
  return RowsToChange(Refresh());
}

std::shared_ptr<const Snapshot> LatestTable::Refresh() const {
  const std::scoped_lock one_at_a_time(refreshing_);
  std::shared_ptr<const Snapshot> newest = RefreshSnapshot(Seen());
  const std::scoped_lock lock(mutex_);
  snapshot_ = newest;
  return newest;
}

std::shared_ptr<const Snapshot> LatestTable::Seen() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

}  // namespace deltaic::delta
