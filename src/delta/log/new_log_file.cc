#include "delta/log/new_log_file.h"

namespace deltaic::delta {
namespace {

constexpr size_t kMaxBufferBytes = size_t{32} << 20;

}  // namespace

void NewLogFile::Append(std::string_view bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (writer_) return writer_->Append(bytes);
  buffer_.append(bytes);
  if (buffer_.size() <= kMaxBufferBytes) return;
  writer_ = store_.OpenWriter(location_);
  writer_->Append(buffer_);
  std::string().swap(buffer_);
}

std::optional<int64_t> NewLogFile::Finish() {
  if (!writer_) {
    if (!store_.PutIfAbsent(location_, buffer_)) return std::nullopt;
    return size_;
  }
  if (store_.Head(location_)) {
    writer_->Abort();
    return std::nullopt;
  }
  writer_->Finish();
  return size_;
}

}  // namespace deltaic::delta
