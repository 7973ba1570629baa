#include "delta/scan/snapshot_rows.h"

#include <utility>

#include <fmt/format.h>

#include "delta/protocol/row_tracking.h"
#include "delta/protocol/sql_literal.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/file_scan_plan.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {
namespace {

DeltaScanConfig Config(bool has_metadata) {
  return DeltaScanConfig().WithWrapPartitionValues(false).WithMetadataColumn(has_metadata);
}

class SnapshotRows : public datafusion::TableProvider {
 public:
  SnapshotRows(std::shared_ptr<const Snapshot> snapshot, bool has_metadata)
      : snapshot_(std::move(snapshot)),
        config_(Config(has_metadata)),
        columns_(
            std::make_shared<const TableColumns>(*snapshot_, config_, MetadataParts::kIdentity)) {}

  const Schema& schema() const override { return columns_->table_schema; }

  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override {
    return PlanFileScan(snapshot_, columns_, config_, request);
  }

  bool Decides(const datafusion::Expression& filter) const override {
    return IsDecidedByFiles(filter, *columns_);
  }

 protected:
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }
  const std::shared_ptr<const TableColumns>& columns() const { return columns_; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  DeltaScanConfig config_;
  std::shared_ptr<const TableColumns> columns_;
};

class RemainingRows : public SnapshotRows {
 public:
  RemainingRows(std::shared_ptr<const Snapshot> snapshot, bool has_metadata,
                std::map<int64_t, RowSet> skipped)
      : SnapshotRows(std::move(snapshot), has_metadata), skipped_(std::move(skipped)) {}

  datafusion::FileScan Scan(const datafusion::ScanRequest& /*request*/) const override {
    return PlanRowScan(snapshot(), columns(), skipped_);
  }

  bool Decides(const datafusion::Expression& /*filter*/) const override { return false; }

 private:
  std::map<int64_t, RowSet> skipped_;
};

}  // namespace

std::shared_ptr<const datafusion::TableProvider> RowsOf(
    const std::shared_ptr<const Snapshot>& snapshot) {
  return std::make_shared<const SnapshotRows>(snapshot, /*has_metadata=*/false);
}

std::shared_ptr<const datafusion::TableProvider> RowsWithIdentity(
    const std::shared_ptr<const Snapshot>& snapshot) {
  return std::make_shared<const SnapshotRows>(snapshot, /*has_metadata=*/true);
}

std::shared_ptr<const datafusion::TableProvider> RowsWithout(
    const std::shared_ptr<const Snapshot>& snapshot, std::map<int64_t, RowSet> skipped) {
  const bool tracks_rows =
      EnabledRowTracking(snapshot->protocol(), snapshot->metadata()).has_value();
  return std::make_shared<const RemainingRows>(snapshot, tracks_rows, std::move(skipped));
}

datafusion::Expression IdentityPart(const Schema& rows, std::string_view part) {
  const std::string column(rows.column_name(rows.num_columns() - 1));
  return datafusion::Expression::Parse(
      fmt::format("get_field({}, '{}')", SqlIdentifier(column), part), rows);
}

}  // namespace deltaic::delta
