#pragma once

// Collects rows in any order into a set (PROTOCOL.md, "Deletion Vector Format"), as a Roaring
// bitmap: a bit a row at most where rows are dense. One thread at a time.

#include <cstdint>
#include <memory>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// Rows on their way into a set. What is added twice is there once.
class RowSetBuilder {
 public:
  RowSetBuilder();
  ~RowSetBuilder();
  RowSetBuilder(RowSetBuilder&&) noexcept;
  RowSetBuilder& operator=(RowSetBuilder&&) noexcept;

  /// Adds a row; those that ascend are added fastest. Throws `kInternal` for a row below 0.
  void Add(int64_t row);

  /// Adds all rows of a set.
  void AddAll(const RowSet& rows);

  int64_t cardinality() const;

  /// The rows so far.
  RowSet Build() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltaic::delta
