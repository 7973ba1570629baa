#include <deltaic/delta/snapshot/snapshot.h>

#include <utility>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {

Snapshot::Snapshot(State state) : state_(std::move(state)) {}

std::string Snapshot::FileLocation(int64_t file) const {
  return ResolveDataPath(files().path(file), store().url());
}

}  // namespace deltaic::delta
