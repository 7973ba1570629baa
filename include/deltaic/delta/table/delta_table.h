#pragma once

// The facade: one Delta table at one version.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/log/catalog_commits.h>
#include <deltaic/delta/log/history.h>
#include <deltaic/delta/operations/commit_files.h>
#include <deltaic/delta/operations/convert_to_delta.h>
#include <deltaic/delta/operations/create_table.h>
#include <deltaic/delta/operations/delete_rows.h>
#include <deltaic/delta/operations/write_table.h>
#include <deltaic/delta/scan/delta_scan_config.h>
#include <deltaic/delta/scan/file_selection.h>
#include <deltaic/delta/snapshot/checksum_report.h>
#include <deltaic/delta/snapshot/detail.h>
#include <deltaic/delta/snapshot/snapshot.h>
#include <deltaic/delta/snapshot/table_summary.h>

namespace deltaic::delta {

/// How to open a table. At most one of `version` and `timestamp_ms` is set.
struct OpenOptions {
  /// Credentials, endpoints and client settings, as `deltalake` names them.
  Options storage_options = {};
  /// The version to load; nothing = the latest.
  std::optional<int64_t> version = {};
  /// Loads the last version committed at or before this time, in milliseconds since the epoch.
  std::optional<int64_t> timestamp_ms = {};
  /// The commits that the catalog which manages the table has ratified; a table of a catalog cannot
  /// be opened without, and no other one with it.
  std::optional<CatalogCommits> catalog = {};
};

/// A table opened at a version. A value: copies are cheap and independent. Reading from
/// several threads is safe; `Refresh` and the `Load…` calls need exclusive access.
class DELTAIC_EXPORT DeltaTable {
 public:
  /// Opens the table at a path or URL. Errors as `LoadLatestSnapshot` and
  /// `LoadSnapshotAtVersion`; `kInvalidArgument` for a bad URL or option.
  static DeltaTable Open(std::string_view uri, const OpenOptions& options = {});

  /// The table that a snapshot is of, at its version.
  explicit DeltaTable(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  /// Makes a table at a path or URL; see `CreateTable`.
  static DeltaTable Create(std::string_view uri, const CreateTableRequest& request,
                           const Options& storage_options = {});

  /// Makes the Parquet files in a folder and below it a table; see `ConvertToDelta`.
  static DeltaTable Convert(std::string_view uri, const ConvertToDeltaRequest& request,
                            const Options& storage_options = {});

  /// Whether there is a Delta log at a path or URL.
  static bool IsDeltaTable(std::string_view uri, const Options& storage_options = {});

  /// Tells of the newest version, without replaying the log where it can; see `SummarizeTable`.
  static TableSummary Summarize(std::string_view uri, const OpenOptions& options = {});

  /// The table's root as a URL with a trailing slash.
  const std::string& uri() const { return snapshot_->store().url(); }
  int64_t version() const { return snapshot_->version(); }
  /// The logical schema in the table's own column order.
  const DataType& schema() const { return snapshot_->schema(); }
  /// The schema as Arrow.
  Schema arrow_schema() const;
  const Metadata& metadata() const { return snapshot_->metadata(); }
  const Protocol& protocol() const { return snapshot_->protocol(); }

  /// Paths of the live files, relative to the table or absolute, decoded; in no stated order.
  std::vector<std::string> Files() const;
  /// Those that can hold a row for which an SQL predicate is true; see `FilesMatchingPredicate`.
  std::vector<std::string> Files(std::string_view predicate) const;
  /// Those that can hold a row for which the filters are true; see `FilesMatchingFilters`.
  std::vector<std::string> Files(const PartitionFilters& filters) const;

  /// The live files as absolute paths (local tables) or URLs.
  std::vector<std::string> FileUris() const;
  /// Some of them, as in `Files`.
  std::vector<std::string> FileUris(std::string_view predicate) const;
  std::vector<std::string> FileUris(const PartitionFilters& filters) const;

  /// The distinct partitions of the files that `filters` leave; see `PartitionsOf`.
  std::vector<std::vector<std::optional<std::string>>> Partitions(
      const PartitionFilters& filters = {}) const;

  /// The live files with their properties in the log; see `delta::GetAddActions`.
  std::vector<RecordBatch> GetAddActions(bool flatten = false) const;

  /// The number of rows, exactly; see `CountRows`.
  int64_t Count() const;

  /// What the table is; see `delta::Detail`.
  TableDetail Detail() const;

  /// The commits that are there, newest first, those after this version included; see
  /// `delta::History`.
  std::vector<HistoryEntry> History(std::optional<int64_t> limit = {}) const;

  /// The last version of an application's own that it committed ("Transaction Identifiers").
  std::optional<int64_t> TransactionVersion(const std::string& app_id) const;

  /// The table at another version. Errors as `LoadSnapshotAtVersion`.
  DeltaTable AtVersion(int64_t version) const;
  /// The table as it was at a time, in milliseconds since the epoch. Errors as
  /// `LoadSnapshotAtTimestamp`.
  DeltaTable AtTimestamp(int64_t timestamp_ms) const;

  /// Whether the version is what its checksum says; see `delta::VerifyChecksum`.
  ChecksumReport VerifyChecksum() const;

  /// Moves to the newest version; that of a table of a catalog stays among the versions that the
  /// catalog's commits were handed in for.
  void Refresh();
  /// Moves to the newest version of a table of a catalog, by what the catalog says now.
  void Refresh(CatalogCommits catalog);
  /// Moves to another version; the table is unchanged where that throws.
  void LoadVersion(int64_t version);
  /// Moves to the last version committed at or before a time, in milliseconds since the epoch.
  void LoadTimestamp(int64_t timestamp_ms);

  /// Writes the rows of a query in one commit, and moves to its version; see `WriteTable`. What
  /// others committed since the current version is a conflict only where the write depends on it.
  WriteResult Write(const datafusion::DataFrame& rows, const WriteRequest& request);
  /// The same of a stream, which is read once and never held as a whole.
  WriteResult Write(RecordBatchStream rows, const WriteRequest& request);

  /// Deletes rows in one commit, and moves to its version; see `DeleteRows`.
  DeleteResult Delete(const DeleteRequest& request = {});

  /// Adds files that somebody else wrote, and moves to the commit's version; see `CommitFiles`.
  CommitResult Commit(const CommitFilesRequest& request);

  /// Writes the checkpoint of the table's version ("Checkpoints"), in the form that its properties
  /// say.
  void CreateCheckpoint() const;
  /// Removes what has expired of the log by `delta.logRetentionDuration`, and that no version which
  /// is kept needs; returns what went.
  std::vector<std::string> CleanUpMetadata() const;
  /// Writes the commits from `first_version` to `last_version` as one file beside them ("Log
  /// Compaction Files").
  void CompactLogs(int64_t first_version, int64_t last_version) const;

  /// The snapshot of the table's current version.
  const std::shared_ptr<const Snapshot>& snapshot() const { return snapshot_; }

  /// A provider for queries over this version, read as the options say.
  std::shared_ptr<const datafusion::TableProvider> ToTableProvider(
      const ScanOptions& options = {}) const;

 private:
  std::shared_ptr<const Snapshot> snapshot_;
};

/// Opens the newest version of the table at a path or URL; see `DeltaTable::Open`.
DELTAIC_EXPORT DeltaTable OpenTable(std::string_view uri);

/// The same with credentials, endpoints and client settings of the storage.
DELTAIC_EXPORT DeltaTable OpenTableWithStorageOptions(std::string_view uri,
                                                      const Options& storage_options);

}  // namespace deltaic::delta
