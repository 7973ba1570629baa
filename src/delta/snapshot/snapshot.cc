#include <deltaic/delta/snapshot/snapshot.h>

#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"
#include "delta/snapshot/snapshot_state.h"

namespace deltaic::delta {
namespace {

DataLocation Resolve(const Snapshot& snapshot, std::string_view path) {
  try {
    return ResolveDataPath(path, snapshot.access().root_urls());
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} Version {}.", error.message(), snapshot.version()));
  }
}

FilePlace PlaceAt(DataLocation found) {
  return {static_cast<int64_t>(*found.root), std::move(found.path)};
}

/// A file's full name.
std::string NameOf(const Snapshot& snapshot, DataLocation found) {
  if (!found.root) return std::move(found.path);
  const FilePlace place = PlaceAt(std::move(found));
  return snapshot.StoreOf(place).root() + place.location;
}

}  // namespace

Snapshot::Snapshot(SnapshotState state)
    : state_(std::make_shared<const SnapshotState>(std::move(state))) {}

const TableAccess& Snapshot::access() const { return state_->access; }

int64_t Snapshot::version() const { return state_->version; }

int64_t Snapshot::timestamp_ms() const { return state_->timestamp_ms; }

const Protocol& Snapshot::protocol() const { return state_->protocol; }

const Metadata& Snapshot::metadata() const { return state_->metadata; }

const DataType& Snapshot::schema() const { return state_->schema; }

const std::map<std::string, SetTransaction>& Snapshot::transactions() const {
  return state_->transactions;
}

const std::map<std::string, DomainMetadata>& Snapshot::domains() const { return state_->domains; }

const ActiveFiles& Snapshot::files() const { return state_->files; }

const LogSegment& Snapshot::segment() const { return *state_->segment; }

const std::vector<std::string>& Snapshot::warnings() const { return state_->warnings; }

std::shared_ptr<const Snapshot> Snapshot::WithFiles(ActiveFiles files) const {
  SnapshotState state = *state_;
  state.files = std::move(files);
  return std::make_shared<const Snapshot>(std::move(state));
}

std::string Snapshot::FileUri(int64_t file) const {
  return NameOf(*this, Resolve(*this, files().path(file)));
}

std::string Snapshot::LocationOf(std::string_view path) const {
  DataLocation found = Resolve(*this, path);
  return found.root == 0u ? std::move(found.path) : NameOf(*this, std::move(found));
}

const datafusion::ObjectStore& Snapshot::StoreOf(const FilePlace& place) const {
  if (place.store == 0) return store();
  return access().allowed_roots().at(static_cast<size_t>(place.store) - 1);
}

FilePlace Snapshot::PlaceOfDeletionVector(int64_t file) const {
  const std::optional<DeletionVectorDescriptor> vector = files().deletion_vector(file);
  if (!vector) throw Error(ErrorCode::kInternal, "A file has no deletion vector.");
  return PlaceOf(DeletionVectorPath(*vector));
}

FilePlace Snapshot::PlaceOf(std::string_view path) const {
  DataLocation found = Resolve(*this, path);
  if (found.root) return PlaceAt(std::move(found));
  throw Error(ErrorCode::kPermissionDenied,
              fmt::format("A file of version {} is outside of the table. The storage options "
                          "allowed_root_1, allowed_root_2, … name other places that may be read; "
                          "this file is in none of them: {}",
                          version(), ShownDataPath(path)));
}

}  // namespace deltaic::delta
