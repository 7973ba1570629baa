#include <deltaic/delta/session/delta_table_provider.h>

#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/schema/field_metadata.h"
#include "delta/protocol/table_feature.h"
#include "delta/scan/chosen_files.h"
#include "delta/scan/file_pruning.h"
#include "delta/scan/file_scan_plan.h"
#include "delta/session/table_changes.h"

namespace deltaic::delta {
namespace {

std::shared_ptr<const Snapshot> Checked(std::shared_ptr<const Snapshot> snapshot) {
  if (snapshot == nullptr) throw Error(ErrorCode::kInvalidArgument, "There is no snapshot.");
  return snapshot;
}

}  // namespace

DeltaTableProvider::DeltaTableProvider(std::shared_ptr<const Snapshot> snapshot,
                                       DeltaScanConfig config)
    : snapshot_(Checked(std::move(snapshot))),
      config_(std::move(config)),
      columns_(std::make_shared<const TableColumns>(*snapshot_, config_)) {}

DeltaTableProvider::~DeltaTableProvider() = default;

std::shared_ptr<const DeltaTableProvider> DeltaTableProvider::TryNew(
    std::shared_ptr<const Snapshot> snapshot, DeltaScanConfig config) {
  return std::make_shared<const DeltaTableProvider>(std::move(snapshot), std::move(config));
}

DeltaTableProvider DeltaTableProvider::WithFiles(const std::vector<std::string>& paths,
                                                 MissingFiles missing) const {
  DeltaTableProvider provider(ChooseFiles(snapshot_, paths, missing), config_);
  provider.definition_ = definition_;
  provider.has_chosen_files_ = true;
  return provider;
}

DeltaTableProvider DeltaTableProvider::WithFiles(std::vector<ScanFile> files,
                                                 MissingFiles missing) const {
  DeltaTableProvider provider(ChooseFiles(snapshot_, std::move(files), missing), config_);
  provider.definition_ = definition_;
  provider.has_chosen_files_ = true;
  return provider;
}

DeltaTableProvider DeltaTableProvider::WithOptions(const ScanOptions& options) const {
  DeltaTableProvider provider(snapshot_, config_.WithOptions(options));
  provider.definition_ = definition_;
  provider.has_chosen_files_ = has_chosen_files_;
  return provider;
}

DeltaTableProvider DeltaTableProvider::WithDefinition(std::string sql) const {
  DeltaTableProvider provider = *this;
  provider.definition_ = std::move(sql);
  return provider;
}

const Schema& DeltaTableProvider::schema() const { return columns_->table_schema; }

datafusion::FileScan DeltaTableProvider::Scan(const datafusion::ScanRequest& request) const {
  return PlanFileScan(snapshot_, columns_, config_, request);
}

bool DeltaTableProvider::Decides(const datafusion::Expression& filter) const {
  return config_.enable_file_skipping && IsDecidedByFiles(filter, *columns_);
}

std::optional<RecordBatch> DeltaTableProvider::Statistics() const {
  datafusion::ScanRequest request;
  request.projection.emplace();
  for (int64_t i = 0; i < schema().num_columns(); ++i) {
    // What the scan adds has no statistics of rows.
    if (schema().column_name(i) == kMetadataColumn) continue;
    request.projection->push_back(static_cast<int32_t>(i));
  }
  return datafusion::SummarizeFiles(PlanFileScan(snapshot_, columns_, config_, request));
}

std::vector<std::pair<std::string, std::string>> DeltaTableProvider::ColumnDefaults() const {
  std::vector<std::pair<std::string, std::string>> defaults;
  FieldMetadata metadata;
  for (const StructField& field : snapshot_->schema().fields()) {
    if (!MayHaveDefault(field) || !metadata.Read(field)) continue;
    if (const auto sql = metadata.current_default()) defaults.emplace_back(field.name, *sql);
  }
  const bool is_in_force =
      !defaults.empty() && SupportedFeatures(snapshot_->protocol()).contains("allowColumnDefaults");
  return is_in_force ? defaults : decltype(defaults)();
}

int64_t DeltaTableProvider::Insert(const datafusion::DataFrame& rows,
                                   datafusion::InsertMode mode) const {
  if (has_chosen_files_) {
    throw Error(ErrorCode::kInvalidArgument, "A table of chosen files cannot be written.");
  }
  return InsertRows(snapshot_, rows, mode);
}

std::shared_ptr<const datafusion::TableProvider> DeltaTableProvider::WithIdentity() const {
  if (has_chosen_files_) {
    throw Error(ErrorCode::kInvalidArgument, "A table of chosen files cannot be changed.");
  }
  return RowsToChange(snapshot_);
}

std::shared_ptr<const datafusion::TableProvider> DeltaTableProvider::AtVersion(
    const datafusion::TableVersion& version) const {
  if (has_chosen_files_) {
    throw Error(ErrorCode::kInvalidArgument, "A table of chosen files has no other versions.");
  }
  const auto provider = [&](std::shared_ptr<const Snapshot> snapshot) {
    return std::make_shared<const DeltaTableProvider>(std::move(snapshot), config_);
  };
  if (version.version == snapshot_->version()) return provider(snapshot_);
  if (version.version) {
    return provider(LoadSnapshotAtVersion(snapshot_->access(), *version.version));
  }
  // A commit counts from its millisecond on.
  const int64_t micros = version.timestamp_us.value_or(0);
  const int64_t millis = micros / 1000 - (micros % 1000 < 0 ? 1 : 0);
  return provider(LoadSnapshotAtTimestamp(snapshot_->access(), millis));
}

}  // namespace deltaic::delta
