#pragma once

// Data skipping: which containers (files) can hold a row that satisfies a predicate, judged by
// their statistics alone, all containers at once. It takes the place of DataFusion's
// PruningPredicate, which knows fewer expressions and loses NaN.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>

namespace deltaic::datafusion {

/// A predicate over rows, judged by the ranges of its columns. Ranges are carried through casts,
/// arithmetic, CASE and functions that keep their order; where all values of a container are the
/// same, any immutable expression is evaluated. What may fail in the query keeps its container.
/// Immutable; safe to share between threads.
class DELTAIC_EXPORT PruningPredicate {
 public:
  /// Makes the pruning form of the conjunction of `filters` over the columns of `schema`.
  /// Filters that statistics cannot decide are ignored.
  PruningPredicate(const std::vector<Expression>& filters, const Schema& schema);

  /// Whether no statistics can rule any container out.
  bool always_true() const;

  /// Names of the top-level columns whose statistics it uses, each once, sorted.
  const std::vector<std::string>& columns() const;

  /// Returns one byte a container: 0 if it cannot hold a matching row, else 1.
  ///
  /// `statistics` has a row a container and any of these columns: `num_rows` (int64),
  /// `null_count`, `min` and `max`: structs of fields named as the columns, int64 counts in the
  /// first and values of the columns' types in the others. For a struct column they hold a struct
  /// in turn, of those of its fields that have statistics, and so on at any depth. What is absent
  /// or null is unknown. All values but null and NaN lie between min and max, which need not
  /// occur (cut texts) and are looked at as given: an equal min and max is the only value.
  std::vector<uint8_t> MayMatch(const RecordBatch& statistics) const;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
