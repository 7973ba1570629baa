#pragma once

// Rows on their way into files: those that were made are written while the next ones are made. One
// thread at a time.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <deltaic/columnar/record_batch.h>

namespace deltaic::delta {

/// Takes rows of a batch, all without `rows`.
using RowTaker =
    std::function<void(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows)>;

class RowPipeline {
 public:
  /// `write` is called for the rows in their order, by one thread at a time.
  explicit RowPipeline(RowTaker write) : write_(std::move(write)) {}

  /// Adds rows, which `write` gets in one of the next calls.
  void Add(const RecordBatch& batch, std::optional<std::span<const uint32_t>> rows);

  /// Calls `make`, which may add rows, beside the writing of those that were added before.
  void MakeMore(const std::function<void()>& make);

  /// Writes what is left.
  void Finish();

 private:
  struct Rows {
    RecordBatch batch;
    std::optional<std::vector<uint32_t>> rows;
  };

  void Write(const std::vector<Rows>& all) const;

  RowTaker write_;
  std::vector<Rows> added_;
};

}  // namespace deltaic::delta
