#include <deltaic/delta/snapshot/snapshot.h>

#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {

Snapshot::Snapshot(State state) : state_(std::move(state)) {}

std::string Snapshot::FileLocation(int64_t file) const {
  try {
    return ResolveDataPath(files().path(file), store().url());
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{} Version {}.", error.message(), version()));
  }
}

}  // namespace deltaic::delta
