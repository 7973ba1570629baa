#include "delta/write/deletion_vector_files.h"

#include <cstddef>
#include <cstdint>
#include <exception>

#include "base/uuid.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

// A file that has as much is not added to: readers fetch vectors one by one, and a file lives as
// long as any of its vectors does.
constexpr size_t kFullFile = size_t{2} << 20;

}  // namespace

DeletionVectorFiles::~DeletionVectorFiles() {
  try {
    if (!locations_.empty()) access_.store().DeleteMany(locations_);
  } catch (const std::exception&) {  // They are in no version.
  }
}

DeletionVector DeletionVectorFiles::Add(const RowSet& rows) {
  if (bytes_.size() >= kFullFile) Finish();
  if (bytes_.empty()) uuid_ = NewUuid();
  const std::string vector = EncodeVector(rows);
  return {.storage_type = 'u',
          .path_or_inline = RelativeVectorPath("", UuidBytes(uuid_)),
          .offset = static_cast<int32_t>(AppendStoredVector(vector, bytes_)),
          .size_in_bytes = static_cast<int32_t>(vector.size()),
          .cardinality = rows.cardinality};
}

void DeletionVectorFiles::Finish() {
  if (bytes_.empty()) return;
  const std::string path = RelativeVectorPath("", UuidBytes(uuid_));
  const DeletionVectorDescriptor descriptor{.storage_type = 'u', .path_or_inline = path};
  const std::string location =
      ResolveDataPath(DeletionVectorPath(descriptor), access_.root_urls()).path;
  locations_.push_back(location);
  access_.store().Put(location, bytes_);
  bytes_.clear();
}

}  // namespace deltaic::delta
