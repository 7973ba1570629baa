#pragma once

#include <optional>

#include <deltaic/base/export.h>
#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>

namespace deltaic {

/// Record batches, one after another: an owned Arrow C stream. Move-only; one thread at a time.
class DELTAIC_EXPORT RecordBatchStream {
 public:
  /// Takes over `*stream` and marks it released.
  static RecordBatchStream Import(ArrowArrayStream* stream);

  RecordBatchStream(RecordBatchStream&& other) noexcept;
  RecordBatchStream& operator=(RecordBatchStream&& other) noexcept;
  ~RecordBatchStream();

  const Schema& schema() const { return schema_; }

  /// Returns the next batch, or nothing at the end. Throws the producer's error with its code;
  /// after an error the stream is at its end. Obeys the thread's `CancelScope`.
  std::optional<RecordBatch> Next();

  /// Hands the stream over to `*out`; this object is at its end then.
  void Export(ArrowArrayStream* out) &&;

 private:
  explicit RecordBatchStream(ArrowArrayStream stream);
  ArrowArrayStream stream_;
  Schema schema_;
};

}  // namespace deltaic
