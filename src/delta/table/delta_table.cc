#include <deltaic/delta/table/delta_table.h>

#include <memory>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/scan/row_count.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/log/log_compaction.h"
#include "delta/protocol/table_support.h"
#include "delta/transaction/post_commit.h"

namespace deltaic::delta {

namespace {

std::vector<std::string> Locations(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const int64_t file : files) paths.push_back(snapshot.FileLocation(file));
  return paths;
}

std::vector<std::string> Uris(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  std::vector<std::string> uris;
  uris.reserve(files.size());
  for (const int64_t file : files) uris.push_back(snapshot.FileUri(file));
  return uris;
}

TableAccess AccessTo(std::string_view uri, const OpenOptions& options) {
  CatalogCommitsPtr catalog;
  if (options.catalog) catalog = std::make_shared<const CatalogCommits>(*options.catalog);
  return TableAccess::Open(uri, options.storage_options, std::move(catalog));
}

}  // namespace

DeltaTable DeltaTable::Open(std::string_view uri, const OpenOptions& options) {
  if (options.version && options.timestamp_ms) {
    throw Error(ErrorCode::kInvalidArgument, "A table is opened by version or by time, not both.");
  }
  const TableAccess access = AccessTo(uri, options);
  if (options.version) return DeltaTable(LoadSnapshotAtVersion(access, *options.version));
  if (options.timestamp_ms) {
    return DeltaTable(LoadSnapshotAtTimestamp(access, *options.timestamp_ms));
  }
  return DeltaTable(LoadLatestSnapshot(access));
}

DeltaTable DeltaTable::Create(std::string_view uri, const CreateTableRequest& request,
                              const Options& storage_options) {
  const TableAccess access = TableAccess::Open(uri, storage_options);
  const CommitResult made = CreateTable(access, request);
  return DeltaTable(made.snapshot != nullptr ? made.snapshot : LoadLatestSnapshot(access));
}

DeltaTable DeltaTable::Convert(std::string_view uri, const ConvertToDeltaRequest& request,
                               const Options& storage_options) {
  const TableAccess access = TableAccess::Open(uri, storage_options);
  const CommitResult made = ConvertToDelta(access, request).commit;
  return DeltaTable(made.snapshot != nullptr ? made.snapshot : LoadLatestSnapshot(access));
}

WriteResult DeltaTable::Write(const datafusion::DataFrame& rows, const WriteRequest& request) {
  WriteResult result = WriteTable(snapshot_->access(), snapshot_, rows, request);
  if (result.commit.snapshot != nullptr) snapshot_ = result.commit.snapshot;
  return result;
}

WriteResult DeltaTable::Write(RecordBatchStream rows, const WriteRequest& request) {
  const datafusion::SessionContext session;
  return Write(session.ReadStream(std::move(rows)), request);
}

DeleteResult DeltaTable::Delete(const DeleteRequest& request) {
  DeleteResult result = DeleteRows(snapshot_, request);
  if (result.commit.snapshot != nullptr) snapshot_ = result.commit.snapshot;
  return result;
}

CommitResult DeltaTable::Commit(const CommitFilesRequest& request) {
  CommitResult result = CommitFiles(snapshot_, request);
  if (result.snapshot != nullptr) snapshot_ = result.snapshot;
  return result;
}

void DeltaTable::CreateCheckpoint() const { WriteCheckpoint(*snapshot_); }

std::vector<std::string> DeltaTable::CleanUpMetadata() const { return CleanUpLog(*snapshot_); }

void DeltaTable::CompactLogs(int64_t first_version, int64_t last_version) const {
  CheckProtocolWritable(snapshot_->protocol());
  CompactLog(snapshot_->access(), first_version, last_version);
}

TableSummary DeltaTable::Summarize(std::string_view uri, const OpenOptions& options) {
  if (options.version || options.timestamp_ms) {
    throw Error(ErrorCode::kInvalidArgument, "The summary of a table is of its newest version.");
  }
  return SummarizeTable(AccessTo(uri, options));
}

bool DeltaTable::IsDeltaTable(std::string_view uri, const Options& storage_options) {
  return HasDeltaLog(TableAccess::Open(uri, storage_options).store());
}

Schema DeltaTable::arrow_schema() const { return ToArrowSchema(schema()); }

std::vector<std::string> DeltaTable::Files() const {
  return Locations(*snapshot_, FilesMatchingFilters(*snapshot_, {}));
}

std::vector<std::string> DeltaTable::Files(std::string_view predicate) const {
  return Locations(*snapshot_, FilesMatchingPredicate(*snapshot_, predicate));
}

std::vector<std::string> DeltaTable::Files(const PartitionFilters& filters) const {
  return Locations(*snapshot_, FilesMatchingFilters(*snapshot_, filters));
}

std::vector<std::string> DeltaTable::FileUris() const {
  return Uris(*snapshot_, FilesMatchingFilters(*snapshot_, {}));
}

std::vector<std::string> DeltaTable::FileUris(std::string_view predicate) const {
  return Uris(*snapshot_, FilesMatchingPredicate(*snapshot_, predicate));
}

std::vector<std::string> DeltaTable::FileUris(const PartitionFilters& filters) const {
  return Uris(*snapshot_, FilesMatchingFilters(*snapshot_, filters));
}

std::vector<std::vector<std::optional<std::string>>> DeltaTable::Partitions(
    const PartitionFilters& filters) const {
  return PartitionsOf(*snapshot_, FilesMatchingFilters(*snapshot_, filters));
}

std::vector<RecordBatch> DeltaTable::GetAddActions(bool flatten) const {
  return delta::GetAddActions(*snapshot_, flatten);
}

int64_t DeltaTable::Count() const { return CountRows(*snapshot_); }

TableDetail DeltaTable::Detail() const { return delta::Detail(*snapshot_); }

std::vector<HistoryEntry> DeltaTable::History(std::optional<int64_t> limit) const {
  return delta::History(snapshot_->access(), limit);
}

std::optional<int64_t> DeltaTable::TransactionVersion(const std::string& app_id) const {
  const auto found = snapshot_->transactions().find(app_id);
  if (found == snapshot_->transactions().end()) return std::nullopt;
  return found->second.version;
}

DeltaTable DeltaTable::AtVersion(int64_t version) const {
  return DeltaTable(LoadSnapshotAtVersion(snapshot_->access(), version));
}

DeltaTable DeltaTable::AtTimestamp(int64_t timestamp_ms) const {
  return DeltaTable(LoadSnapshotAtTimestamp(snapshot_->access(), timestamp_ms));
}

ChecksumReport DeltaTable::VerifyChecksum() const { return delta::VerifyChecksum(*snapshot_); }

void DeltaTable::Refresh() { snapshot_ = RefreshSnapshot(snapshot_); }

void DeltaTable::Refresh(CatalogCommits catalog) {
  snapshot_ =
      RefreshSnapshot(snapshot_, std::make_shared<const CatalogCommits>(std::move(catalog)));
}

void DeltaTable::LoadVersion(int64_t version) {
  snapshot_ = LoadSnapshotAtVersion(snapshot_->access(), version);
}

void DeltaTable::LoadTimestamp(int64_t timestamp_ms) {
  snapshot_ = LoadSnapshotAtTimestamp(snapshot_->access(), timestamp_ms);
}

std::shared_ptr<const datafusion::TableProvider> DeltaTable::ToTableProvider(
    const ScanOptions& options) const {
  // As for a session whose settings are not known yet: what can be left to it, is.
  const DeltaScanConfig config = {.wrap_partition_values = false, .enable_parquet_pushdown = false};
  return std::make_shared<DeltaTableProvider>(snapshot_, config.WithOptions(options));
}

DeltaTable OpenTable(std::string_view uri) { return DeltaTable::Open(uri); }

DeltaTable OpenTableWithStorageOptions(std::string_view uri, const Options& storage_options) {
  return DeltaTable::Open(uri, {.storage_options = storage_options});
}

}  // namespace deltaic::delta
