#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>

namespace deltaic::datafusion {

/// A query that has been planned and not run. Immutable and cheap to copy; each execution runs
/// it anew. Calls that run it obey the thread's `CancelScope`.
class DELTAIC_EXPORT DataFrame {
 public:
  /// The columns of the result.
  Schema schema() const;

  /// Keeps the rows for which the SQL predicate is true. Throws `kInvalidSql`.
  DataFrame Filter(std::string_view predicate) const;

  /// Keeps the named columns, in that order. Throws `kInvalidSql` for an unknown one.
  DataFrame Select(const std::vector<std::string>& columns) const;

  /// Makes the named columns of expressions over the columns, in that order.
  DataFrame Project(const std::vector<std::pair<std::string, Expression>>& columns) const;

  /// Adds a column of that name with the number of each row, from 1 on (uint64), in no stated
  /// order.
  DataFrame NumberRows(std::string_view name) const;

  /// Keeps at most `rows` rows.
  DataFrame Limit(int64_t rows) const;

  /// Starts the query and returns its batches as they come.
  RecordBatchStream ExecuteStream() const;

  /// Runs the query and returns all batches.
  std::vector<RecordBatch> Collect() const;

  /// Runs the query and returns the number of rows.
  int64_t Count() const;

  /// Returns the plan as text; `analyze` runs the query and adds its metrics.
  std::string Explain(bool analyze = false) const;

  /// Runs the query and returns its rows as a text table.
  std::string ToString() const;

  struct Impl;
  explicit DataFrame(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
