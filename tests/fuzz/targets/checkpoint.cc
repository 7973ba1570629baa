// The Parquet file of a checkpoint that is all there is of a log.

#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"
#include "fuzz/arrow_checks.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  static const auto store = datafusion::ObjectStore::Open("memory://fuzz_checkpoint/t");
  store.Put(delta::CheckpointLocation(0), input);
  const auto snapshot = delta::LoadLatestSnapshot(delta::TableAccess(store));
  for (const RecordBatch& batch : delta::GetAddActions(*snapshot)) ExpectValid(batch);
}

}  // namespace deltaic::fuzz
