#pragma once

// Data skipping: which containers (files) can hold a row that satisfies a predicate, judged by
// their statistics alone (DataFusion's PruningPredicate, vectorised over containers).

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>

namespace deltaic::datafusion {

/// A predicate rewritten over statistics. Immutable; safe to share between threads.
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
  /// `statistics` has a row a container and any of these columns: `num_rows` (int64, null =
  /// unknown), `null_count` (struct of int64 fields named as the columns), `min` and `max`
  /// (structs of fields named and typed as the columns). What is absent or null is unknown.
  std::vector<uint8_t> MayMatch(const RecordBatch& statistics) const;

  struct Impl;

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
