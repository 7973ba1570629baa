#include <deltaic/columnar/record_batch_stream.h>

#include <utility>

#include <deltaic/base/error.h>

#include "base/error_text.h"

namespace deltaic {
namespace {

[[noreturn]] void ThrowLastError(ArrowArrayStream* stream) {
  const char* text = stream->get_last_error(stream);
  throw DecodeError(text == nullptr ? "The stream failed without a message." : text,
                    ErrorCode::kExecution);
}

void Release(ArrowArrayStream* stream) {
  if (stream->release != nullptr) stream->release(stream);
  stream->release = nullptr;
}

}  // namespace

RecordBatchStream RecordBatchStream::Import(ArrowArrayStream* stream) {
  if (stream->release == nullptr) {
    throw Error(ErrorCode::kInvalidArgument, "The Arrow stream has been released.");
  }
  RecordBatchStream result(std::exchange(*stream, ArrowArrayStream{}));
  ArrowSchema schema{};
  if (result.stream_.get_schema(&result.stream_, &schema) != 0) ThrowLastError(&result.stream_);
  result.schema_ = Schema::Import(&schema);
  return result;
}

RecordBatchStream::RecordBatchStream(ArrowArrayStream stream) : stream_(stream) {}

RecordBatchStream::RecordBatchStream(RecordBatchStream&& other) noexcept
    : stream_(std::exchange(other.stream_, ArrowArrayStream{})),
      schema_(std::move(other.schema_)) {}

RecordBatchStream& RecordBatchStream::operator=(RecordBatchStream&& other) noexcept {
  if (this != &other) {
    Release(&stream_);
    stream_ = std::exchange(other.stream_, ArrowArrayStream{});
    schema_ = std::move(other.schema_);
  }
  return *this;
}

RecordBatchStream::~RecordBatchStream() { Release(&stream_); }

std::optional<RecordBatch> RecordBatchStream::Next() {
  if (stream_.release == nullptr) return std::nullopt;
  ArrowArray array{};
  if (stream_.get_next(&stream_, &array) != 0) {
    ArrowArrayStream failed = std::exchange(stream_, ArrowArrayStream{});
    try {
      ThrowLastError(&failed);
    } catch (...) {
      Release(&failed);
      throw;
    }
  }
  if (array.release == nullptr) return std::nullopt;
  return RecordBatch::Import(schema_, &array);
}

void RecordBatchStream::Export(ArrowArrayStream* out) && {
  *out = std::exchange(stream_, ArrowArrayStream{});
}

}  // namespace deltaic
