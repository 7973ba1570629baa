#include <deltaic/delta/snapshot/snapshot.h>

#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

DataLocation Resolve(const Snapshot& snapshot, std::string_view path,
                     const std::vector<std::string>& root_urls) {
  try {
    return ResolveDataPath(path, root_urls);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} Version {}.", error.message(), snapshot.version()));
  }
}

/// A file's full name.
std::string NameOf(const Snapshot& snapshot, const DataLocation& found) {
  if (!found.root) return found.path;
  const datafusion::ObjectStore& store = snapshot.store();
  return (*found.root == 0 ? store : store.allowed_roots()[*found.root - 1]).root() + found.path;
}

}  // namespace

Snapshot::Snapshot(State state) : state_(std::move(state)) {
  root_urls_.push_back(store().url());
  for (const datafusion::ObjectStore& allowed : store().allowed_roots()) {
    root_urls_.push_back(allowed.url());
  }
}

std::shared_ptr<const Snapshot> Snapshot::WithFiles(ActiveFiles files) const {
  State state = state_;
  state.files = std::move(files);
  return std::make_shared<const Snapshot>(std::move(state));
}

std::string Snapshot::FileUri(int64_t file) const {
  return NameOf(*this, Resolve(*this, files().path(file), root_urls_));
}

std::string Snapshot::LocationOf(std::string_view path) const {
  DataLocation found = Resolve(*this, path, root_urls_);
  return found.root == 0u ? std::move(found.path) : NameOf(*this, found);
}

const datafusion::ObjectStore& Snapshot::StoreOf(const FilePlace& place) const {
  if (place.store == 0) return store();
  return store().allowed_roots().at(static_cast<size_t>(place.store) - 1);
}

FilePlace Snapshot::PlaceOfDeletionVector(int64_t file) const {
  const std::optional<DeletionVectorDescriptor> vector = files().deletion_vector(file);
  if (!vector) throw Error(ErrorCode::kInternal, "A file has no deletion vector.");
  return PlaceOf(DeletionVectorPath(*vector));
}

FilePlace Snapshot::PlaceOf(std::string_view path) const {
  DataLocation found = Resolve(*this, path, root_urls_);
  if (found.root) return {static_cast<int64_t>(*found.root), std::move(found.path)};
  throw Error(ErrorCode::kPermissionDenied,
              fmt::format("A file of version {} is outside of the table. The storage options "
                          "allowed_root_1, allowed_root_2, … name other places that may be read; "
                          "this file is in none of them: {}",
                          version(), ShownDataPath(path)));
}

}  // namespace deltaic::delta
