#pragma once

// A new file of the log, or of its folders, that is written once and never changed. A linear
// resource of one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/datafusion/object_writer.h>

namespace deltaic::delta {

/// Nothing of it is seen before `Finish`. Errors are those of the store.
class NewLogFile {
 public:
  NewLogFile(const datafusion::ObjectStore& store, std::string location)
      : store_(store), location_(std::move(location)) {}

  void Append(std::string_view bytes);

  /// Puts the file in its place unless there is one. Returns its size in bytes, or nothing where
  /// there was one, which stays as it is.
  ///
  /// A file of more than 32 MiB is sent as it is made, and may replace one that comes in the very
  /// moment in which it is put in its place.
  std::optional<int64_t> Finish();

  const std::string& location() const { return location_; }

 private:
  const datafusion::ObjectStore& store_;
  const std::string location_;
  std::string buffer_;
  std::unique_ptr<datafusion::ObjectWriter> writer_;  // Of what the buffer is too small for.
  int64_t size_ = 0;
};

}  // namespace deltaic::delta
