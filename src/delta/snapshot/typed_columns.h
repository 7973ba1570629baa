#pragma once

// The columns of a batch of files as the engine takes them: made when they are first asked for, and
// kept, since queries tend to name the same columns again. Safe to share between threads.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

#include "delta/actions/file_columns.h"
#include "delta/protocol/partition_value.h"
#include "delta/statistics/statistics_columns.h"

namespace deltaic::delta {

/// Rows are those of the batch, live or not.
class TypedColumns {
 public:
  explicit TypedColumns(std::shared_ptr<const AddedFiles> files) : files_(std::move(files)) {}

  /// Numbers of records that are not deleted, see `AppendRowCounts`.
  std::shared_ptr<const std::vector<int64_t>> RowCounts() const;

  /// The statistics of some columns, see `StatisticsColumnBuilder` and `MakeStatistics`.
  RecordBatch Statistics(const std::vector<StructField>& columns) const;

  /// The partition values, see `ParsePartitionValues`; throws as it does, naming the file.
  RecordBatch PartitionValues(const std::vector<StructField>& columns,
                              const PartitionZone& zone) const;

 private:
  // What is kept beyond that number of columns is made anew.
  static constexpr size_t kMaxColumns = 32;

  struct Entry {
    StructField column;
    ColumnStatistics statistics;
  };
  ColumnStatistics Column(const StructField& column) const;

  struct Partitions {
    std::vector<StructField> columns;
    std::string zone;
    RecordBatch values;
  };

  const std::shared_ptr<const AddedFiles> files_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const std::vector<int64_t>> row_counts_;
  mutable std::vector<Entry> statistics_;  // The oldest first.
  mutable std::optional<Partitions> partitions_;
};

/// Numbers of records that are not deleted by row, see `AppendRowCounts`; unknown, too, where a
/// file of its size cannot hold as many records as the log says.
void AppendRowCounts(const AddedFiles& files, const LeafRows& rows, std::vector<int64_t>& counts);

/// The partition values of rows of a batch, see `ParsePartitionValues`; throws as it does, naming
/// the file.
RecordBatch ParsePartitionValues(const AddedFiles& files, const LeafRows& rows,
                                 const std::vector<StructField>& columns,
                                 const PartitionZone& zone);

}  // namespace deltaic::delta
