#pragma once

#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Tells whether rows may be in a table: its CHECK constraints, invariants, generated columns,
/// lengths of texts and NOT NULL at every depth. Every write checks the same by itself; this is for
/// those who want to know before. Immutable; safe to share between threads.
class DELTAIC_EXPORT DeltaDataChecker {
 public:
  /// Throws `kUnsupportedFeature` naming a constraint that cannot be evaluated.
  explicit DeltaDataChecker(const Snapshot& snapshot);

  /// The columns that batches must have, in this order and in types that hold the same values
  /// (`InputSchema`).
  const Schema& schema() const;

  /// Throws `kConstraintViolation` naming the constraint or column and showing the first row that
  /// breaks it; `kInvalidArgument` for a batch without the columns of the table.
  void CheckBatch(const RecordBatch& batch) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::delta
