#pragma once

#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Streams the deletion vectors of live files, a batch of one row for each file that has one, read
/// when the batch is asked for.
///
/// Columns: `filepath` (large utf8, the file's URL), `selection_vector` (list of bool: a row of the
/// file, true where it is kept; as many as the log says that there are, and if it says nothing up
/// to the last deleted one).
///
/// Errors of the stream, naming the file: `kCorruptData`, `kCorruptLog`, `kFileNotFound`,
/// `kUnsupportedFeature` for a path outside the table, `kResourcesExhausted` for a file of more
/// than 2^31 - 1 rows.
DELTAIC_EXPORT RecordBatchStream DeletionVectors(std::shared_ptr<const Snapshot> snapshot);

}  // namespace deltaic::delta
