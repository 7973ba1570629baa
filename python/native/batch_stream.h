#pragma once

// Results as Python iterables of Arrow batches.

#include <mutex>
#include <optional>

#include <nanobind/nanobind.h>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>

namespace deltaic::python {

/// A stream that Python iterates: each step runs without the interpreter's lock and can be
/// interrupted. Several threads may iterate; each batch goes to one of them.
class BatchStream {
 public:
  explicit BatchStream(RecordBatchStream stream);

  const Schema& schema() const { return stream_.schema(); }

  /// The next batch, or nothing at the end. Call with the interpreter's lock held.
  std::optional<RecordBatch> Next();

 private:
  std::timed_mutex in_use_;
  RecordBatchStream stream_;
};

/// Defines `BatchStream` and `Batch` in the module.
void DefineBatchStream(nanobind::module_& module);

}  // namespace deltaic::python
