#include "delta/scan/deletion_vector_reader.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/scan/file_description.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

using datafusion::Bytes;

// A vector that begins before this is read together with the first byte of its file.
constexpr int64_t kNearBegin = 64 << 10;

RowSet Read(const datafusion::ObjectStore& store, const std::string& location,
            const DeletionVectorDescriptor& vector) {
  const ByteSpan span = StoredSpan(vector);
  if (span.offset <= kNearBegin) {
    const Bytes bytes = store.GetRange(location, 0, span.offset + span.length);
    return DecodeStoredVector(vector, bytes.view().front(),
                              bytes.view().substr(static_cast<size_t>(span.offset)));
  }
  const Bytes version = store.GetRange(location, 0, 1);
  const Bytes bytes = store.GetRange(location, span.offset, span.length);
  return DecodeStoredVector(vector, version.view().front(), bytes.view());
}

// A vector's descriptor, which is checked when the vector is read.
std::string KeyOf(const DeletionVectorDescriptor& vector) {
  return fmt::format("{}{}@{}+{}#{}", vector.storage_type, vector.path_or_inline,
                     vector.offset.value_or(-1), vector.size_in_bytes, vector.cardinality);
}

}  // namespace

std::optional<int64_t> RecordsOf(const Snapshot& snapshot, int64_t file) {
  const ActiveFileColumns::Batch& batch = snapshot.files().columns().BatchOf(file);
  const uint32_t row = batch.row(file);
  std::vector<int64_t> records;
  batch.files().ReadStatistics({});
  AppendRecordCounts(*batch.files().RecordStatistics(), {.list = &row, .size = 1}, records);
  return records.front() < 0 ? std::nullopt : std::optional(records.front());
}

RowSetPtr ReadDeletedRows(const Snapshot& snapshot, int64_t file) {
  const auto vector = snapshot.files().deletion_vector(file);
  if (!vector) return std::make_shared<const RowSet>();
  std::string location = "the log";
  try {
    CheckVectorSize(*vector);
    RowSetPtr rows;
    if (vector->storage_type == 'i') {
      rows = std::make_shared<const RowSet>(DecodeInlineVector(*vector));
    } else {
      const FilePlace place = snapshot.PlaceOfDeletionVector(file);
      location = place.location;
      DeletedRowsCache& cache = snapshot.files().columns().deleted_rows();
      const std::string key = KeyOf(*vector);
      rows = cache.Find(key);
      if (!rows) {
        rows = std::make_shared<const RowSet>(Read(snapshot.StoreOf(place), location, *vector));
        cache.Keep(key, rows);
      }
    }
    const std::optional<int64_t> records = RecordsOf(snapshot, file);
    if (records && !rows->ranges.empty() && rows->ranges.back().end > *records) {
      throw Error(ErrorCode::kCorruptData, fmt::format("The deletion vector deletes row {} of {}.",
                                                       rows->ranges.back().end - 1, *records));
    }
    return rows;
  } catch (const Error& error) {
    const std::string place = fmt::format("file: {}, deletion vector in {}",
                                          Excerpt(snapshot.files().path(file)), location);
    if (error.code() == ErrorCode::kFileNotFound) {
      throw Error(error.code(),
                  fmt::format("{}. {}, {}", error.message(), MissingFileNote(snapshot), place));
    }
    throw Error(error.code(),
                fmt::format("{} Version {}, {}", error.message(), snapshot.version(), place));
  }
}

}  // namespace deltaic::delta
