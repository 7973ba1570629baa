#include "delta/scan/snapshot_rows.h"

#include <utility>

#include "delta/scan/chosen_files.h"
#include "delta/scan/file_scan_plan.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {
namespace {

class SnapshotRows : public datafusion::TableProvider {
 public:
  SnapshotRows(std::shared_ptr<const Snapshot> snapshot, DeltaScanConfig config)
      : snapshot_(std::move(snapshot)),
        config_(std::move(config)),
        columns_(std::make_shared<const TableColumns>(*snapshot_, config_)) {}

  const Schema& schema() const override { return columns_->table_schema; }

  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override {
    return PlanFileScan(snapshot_, columns_, config_, request);
  }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  DeltaScanConfig config_;
  std::shared_ptr<const TableColumns> columns_;
};

}  // namespace

std::shared_ptr<const datafusion::TableProvider> RowsOfFiles(
    const std::shared_ptr<const Snapshot>& snapshot, const std::vector<int64_t>& files,
    const std::string& path_column) {
  std::vector<std::string> paths;
  for (const int64_t file : files) paths.push_back(snapshot->files().path(file));
  DeltaScanConfig config = DeltaScanConfig().WithWrapPartitionValues(false);
  if (!path_column.empty()) config = config.WithFileColumnName(path_column);
  return std::make_shared<const SnapshotRows>(ChooseFiles(snapshot, paths, MissingFiles::kError),
                                              std::move(config));
}

}  // namespace deltaic::delta
