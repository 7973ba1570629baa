#include <deltaic/delta/snapshot/snapshot.h>

#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {

Snapshot::Snapshot(State state) : state_(std::move(state)) {}

std::string Snapshot::FileLocation(int64_t file) const { return Resolve(files().path(file)); }

std::string Snapshot::DeletionVectorLocation(int64_t file) const {
  const std::optional<DeletionVectorDescriptor> vector = files().deletion_vector(file);
  if (!vector) throw Error(ErrorCode::kInternal, "A file has no deletion vector.");
  return Resolve(DeletionVectorPath(*vector));
}

std::string Snapshot::Resolve(std::string_view path) const {
  try {
    return ResolveDataPath(path, store().url());
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} Version {}.", error.message(), version()));
  }
}

}  // namespace deltaic::delta
