#pragma once

// Statistics of files as the columns that the engine takes (`FileScan::files`): typed by the
// table's schema (PROTOCOL.md, "Per-file Statistics").

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/bounds_form.h>
#include <deltaic/delta/protocol/data_type.h>

#include "delta/statistics/deletion_vector_column.h"
#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// Rows of leaves: those listed, or the first `size` ones.
struct LeafRows {
  const uint32_t* list = nullptr;
  size_t size = 0;

  uint32_t operator[](size_t i) const {
    return list != nullptr ? list[i] : static_cast<uint32_t>(i);
  }
};

/// The statistics of one column; each part is a batch of that one column, or of none where
/// there is nothing to say.
struct ColumnStatistics {
  RecordBatch null_count;
  RecordBatch min;
  RecordBatch max;
  RecordBatch exact;
};

/// Whether the bounds of a type are integers, of which all writers keep the same order: those of
/// integers, dates and timestamps, which fill whole bytes.
bool HasIntegerBounds(TypeKind kind);

/// Types the statistics of one top-level column, of any type: fields of structs are structs of
/// the same shape, and parts without statistics (lists, maps) are left out. One thread at a time.
///
/// Statistics are hints: what is absent, of the wrong type, out of range or contradictory is null
/// (unknown), and never an error. To skip by, known bounds hold for every row that counts, in the
/// engine's order; `exact` is true only where both occur in the file. The rows that count are those
/// that no deletion vector deletes: what is known of a file with one is less, but true of them.
class StatisticsColumnBuilder {
 public:
  explicit StatisticsColumnBuilder(const StructField& column,
                                   BoundsForm bounds = BoundsForm::kThatHold);
  StatisticsColumnBuilder(StatisticsColumnBuilder&&) noexcept;
  ~StatisticsColumnBuilder();

  void Append(const StatisticsLeaves& leaves, const DeletionVectorColumn& deletion_vectors,
              const LeafRows& rows);
  ColumnStatistics Finish();

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  BoundsForm bounds_;
  int64_t num_rows_ = 0;
};

/// Numbers of records by row, those that are deleted included; -1 where unknown.
void AppendRecordCounts(const StatisticsLeaves& leaves, const LeafRows& rows,
                        std::vector<int64_t>& counts);

/// Numbers of records that are not deleted by row; -1 where unknown.
void AppendRowCounts(const StatisticsLeaves& leaves, const DeletionVectorColumn& deletion_vectors,
                     const LeafRows& rows, std::vector<int64_t>& counts);

/// Puts statistics together: `num_rows`, and where columns have them `null_count`, `min`, `max`
/// and `exact`, structs of the columns.
RecordBatch MakeStatistics(const std::vector<int64_t>& row_counts,
                           std::span<const ColumnStatistics> columns);

}  // namespace deltaic::delta
