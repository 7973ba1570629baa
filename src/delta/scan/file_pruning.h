#pragma once

// Which files of a snapshot can hold a row that a query wants, judged by the log alone: partition
// values first, then statistics (PROTOCOL.md, "Partition Value Serialization", "Per-file
// Statistics"). Pure functions of immutable values; safe to call from any thread.

#include <cstdint>
#include <vector>

#include <deltaic/datafusion/table_provider.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/protocol/statistics_columns.h"
#include "delta/scan/table_columns.h"

namespace deltaic::delta {

/// The files to read, as numbers in the snapshot's files, and why the others are left out.
struct SelectedFiles {
  std::vector<int64_t> files;
  int64_t pruned_by_partition = 0;
  int64_t pruned_by_statistics = 0;
  int64_t pruned_by_limit = 0;
};

/// Selects the files for a request. A file is left out only if no row of it can satisfy all
/// filters, or if the files before it hold as many rows as the limit asks for and the choice of
/// files decides all filters.
SelectedFiles SelectFiles(const Snapshot& snapshot, const TableColumns& columns,
                          const datafusion::ScanRequest& request);

/// Every file of a snapshot.
SelectedFiles AllFiles(const Snapshot& snapshot);

/// Whether the choice of files decides a deterministic filter: it holds for every row of the files
/// that `SelectFiles` keeps.
bool IsDecidedByFiles(const datafusion::Expression& filter, const TableColumns& columns);

/// How some files are read: the columns `path`, `size`, `last_modified`, unless all are below the
/// table's root `store`, and where the snapshot has deletion vectors `skips_rows` of
/// `datafusion::FileScan::files`, whose other stores are those that the table's store allows.
/// Throws as `Snapshot::PlaceOf`.
RecordBatch PlacesOf(const Snapshot& snapshot, const std::vector<int64_t>& files);

/// What is constant in some files: the columns of `TableColumns::partition_schema`, not yet in the
/// types of it. What row tracking says of them is left out unless it is wanted: it
/// may be lacking.
RecordBatch ConstantsOf(const Snapshot& snapshot, const TableColumns& columns,
                        bool wants_row_tracking, const std::vector<int64_t>& files);

/// The partition values of some files: a row a file, a column a partition column.
RecordBatch PartitionValuesOf(const Snapshot& snapshot, const TableColumns& columns,
                              const std::vector<int64_t>& files);

/// Which rows statistics are of.
enum class RowsThatCount : uint8_t {
  kLive,  ///< Those that no deletion vector deletes.
  kAll,   ///< Those of the data file.
};

/// Makes sure that the statistics of some files for some columns are there.
void ReadStatistics(const Snapshot& snapshot, const std::vector<StructField>& fields,
                    const std::vector<int64_t>& files);

/// Statistics of some files for some columns, as `datafusion::FileScan::files` holds them; unknown
/// where they have not been read.
RecordBatch StatisticsOf(const Snapshot& snapshot, const std::vector<StructField>& fields,
                         const std::vector<int64_t>& files,
                         RowsThatCount rows = RowsThatCount::kLive,
                         BoundUse use = BoundUse::kSkipping);

}  // namespace deltaic::delta
