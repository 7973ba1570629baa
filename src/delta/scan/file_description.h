#pragma once

// The columns that describe files to read, without their statistics: where they are, and what is
// constant in each (PROTOCOL.md, "Add File and Remove File", "Partition Value Serialization"). Pure
// functions of immutable values; safe to call from any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/scan/table_columns.h"

namespace deltaic::delta {

/// Where some files are: the columns `path`, `size`, `last_modified` and, unless all are below the
/// table's root, `store` of `datafusion::FileScan::files`, whose other stores are those that the
/// table's store allows.
/// Throws as `Snapshot::PlaceOf`.
RecordBatch PlacesOf(const Snapshot& snapshot, const std::vector<int64_t>& files);

/// What is constant in some files: the columns of `TableColumns::partition_schema`, not yet in the
/// types of it. The values of row tracking are left out unless they are wanted: it
/// may be lacking.
RecordBatch ConstantsOf(const Snapshot& snapshot, const TableColumns& columns,
                        bool wants_row_tracking, const std::vector<int64_t>& files);

/// The partition values of some files: a row a file, a column a partition column.
RecordBatch PartitionValuesOf(const Snapshot& snapshot, const TableColumns& columns,
                              const std::vector<int64_t>& files);

/// The note for a file that is missing, of a version of the table of that name.
std::string MissingFileNote(int64_t version, std::string_view table);

/// A column with the paths of some files in the form of `__delta_rs_path`; that of a number below 0
/// is empty.
RecordBatch PathsOf(const Snapshot& snapshot, const std::string& name,
                    const std::vector<int64_t>& files);

}  // namespace deltaic::delta
