#include "delta/session/table_insertion.h"

#include <deltaic/delta/operations/write_table.h>

namespace deltaic::delta {

int64_t InsertRows(const std::shared_ptr<const Snapshot>& snapshot,
                   const datafusion::DataFrame& rows, datafusion::InsertMode mode) {
  const bool overwrites = mode == datafusion::InsertMode::kOverwrite;
  const WriteRequest request{.mode = overwrites ? SaveMode::kOverwrite : SaveMode::kAppend,
                             .parses_texts = true};
  return WriteTable(snapshot->access(), snapshot, rows, request).metrics.num_added_rows;
}

}  // namespace deltaic::delta
