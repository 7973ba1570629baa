#pragma once

// A Delta snapshot as a table of the engine.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/scan/delta_scan_config.h>
#include <deltaic/delta/scan/scan_files.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

struct TableColumns;

/// Serves one snapshot. Files are left out by partition values and by the statistics of the log
/// before any of them is opened. Columns come in the order of the table. Cheap to copy.
class DELTAIC_EXPORT DeltaTableProvider : public datafusion::TableProvider {
 public:
  /// Throws `kInvalidArgument` where `config` does not fit the table.
  explicit DeltaTableProvider(std::shared_ptr<const Snapshot> snapshot,
                              DeltaScanConfig config = {});
  ~DeltaTableProvider() override;

  /// The same; `kInvalidArgument` also for no snapshot.
  static std::shared_ptr<const DeltaTableProvider> TryNew(std::shared_ptr<const Snapshot> snapshot,
                                                          DeltaScanConfig config = {});

  /// The table with some of its files only, named by location (`DeltaTable::Files`), with the root
  /// before it (`DeltaTable::FileUris`), or as in the log.
  DeltaTableProvider WithFiles(const std::vector<std::string>& paths,
                               MissingFiles missing = MissingFiles::kError) const;

  /// The table with exactly these files, as they are described.
  DeltaTableProvider WithFiles(std::vector<ScanFile> files,
                               MissingFiles missing = MissingFiles::kError) const;

  /// The table with other settings. Throws `kInvalidArgument` where the names of added columns are
  /// taken, or there is no such time zone.
  DeltaTableProvider WithOptions(const ScanOptions& options) const;

  /// The table with the statement that made it.
  DeltaTableProvider WithDefinition(std::string sql) const;

  const Schema& schema() const override;
  datafusion::FileScan Scan(const datafusion::ScanRequest& request) const override;
  bool Decides(const datafusion::Expression& filter) const override;

  /// Statistics of the log for the table (PROTOCOL.md, "Per-file Statistics"), all columns.
  std::optional<RecordBatch> Statistics() const override;

  /// The field's metadata CURRENT_DEFAULT (PROTOCOL.md, "Default Columns").
  std::vector<std::pair<std::string, std::string>> ColumnDefaults() const override;
  std::optional<std::string> Definition() const override { return definition_; }

  /// The column that tells a row's file, if there is one.
  const std::optional<std::string>& GetPathColumn() const { return config_.file_column_name; }

  const DeltaScanConfig& config() const { return config_; }

  /// Loads another version of the table. Errors as `LoadSnapshotAtVersion`; `kInvalidArgument` for
  /// a table of chosen files.
  std::shared_ptr<const TableProvider> AtVersion(
      const datafusion::TableVersion& version) const override;

  /// Writes rows as the version after the newest one. A version that was asked for, and chosen
  /// files, cannot be written: `kInvalidArgument`.
  int64_t Insert(const datafusion::DataFrame& rows, datafusion::InsertMode mode) const override;

  /// The rows of the snapshot with their identities, to be deleted by `Delete`. A version that was
  /// asked for, and chosen files, cannot be changed: `kInvalidArgument`.
  std::shared_ptr<const TableProvider> WithIdentity() const override;

  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  DeltaScanConfig config_;
  std::shared_ptr<const TableColumns> columns_;
  std::optional<std::string> definition_;
  bool has_chosen_files_ = false;
};

}  // namespace deltaic::delta
