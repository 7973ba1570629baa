#include <deltaic/delta/table/delta_table.h>

#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

namespace deltaic::delta {

using datafusion::ObjectStore;

DeltaTable DeltaTable::Open(std::string_view uri, const OpenOptions& options) {
  if (options.version && options.timestamp_ms) {
    throw Error(ErrorCode::kInvalidArgument, "A table is opened by version or by time, not both.");
  }
  ObjectStore store = ObjectStore::Open(uri, options.storage_options);
  if (options.version) return DeltaTable(LoadSnapshotAtVersion(store, *options.version));
  if (options.timestamp_ms) {
    return DeltaTable(LoadSnapshotAtTimestamp(store, *options.timestamp_ms));
  }
  return DeltaTable(LoadLatestSnapshot(store));
}

bool DeltaTable::IsDeltaTable(std::string_view uri, const Options& storage_options) {
  return HasDeltaLog(ObjectStore::Open(uri, storage_options));
}

Schema DeltaTable::arrow_schema() const { return ToArrowSchema(schema()); }

std::vector<std::string> DeltaTable::Files() const {
  const ActiveFiles& files = snapshot_->files();
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (int64_t file = 0; file < files.size(); ++file) {
    paths.push_back(snapshot_->FileLocation(file));
  }
  return paths;
}

std::vector<std::string> DeltaTable::FileUris() const {
  std::vector<std::string> uris = Files();
  const std::string& root = snapshot_->store().root();
  for (std::string& uri : uris) uri.insert(0, root);
  return uris;
}

void DeltaTable::Refresh() { snapshot_ = RefreshSnapshot(snapshot_); }

void DeltaTable::LoadVersion(int64_t version) {
  snapshot_ = LoadSnapshotAtVersion(snapshot_->store(), version);
}

void DeltaTable::LoadTimestamp(int64_t timestamp_ms) {
  snapshot_ = LoadSnapshotAtTimestamp(snapshot_->store(), timestamp_ms);
}

std::shared_ptr<const datafusion::TableProvider> DeltaTable::ToTableProvider() const {
  return std::make_shared<DeltaTableProvider>(snapshot_);
}

}  // namespace deltaic::delta
