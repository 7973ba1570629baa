#include "delta/scan/deletion_vector_reader.h"

#include <optional>
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

// What no other vector has; it is checked when the vector is read.
std::string KeyOf(const DeletionVectorSource& source) {
  return fmt::format("{}:{}@{}+{}#{}", source.place.store, source.place.location,
                     source.offset.value_or(-1), source.size_in_bytes, source.cardinality);
}

RowSetPtr ReadStored(const DeletionVectorSource& source, const DeletionVectorDescriptor& vector,
                     const std::vector<datafusion::ObjectStore>& stores, DeletedRowsCache& cache) {
  const std::string key = KeyOf(source);
  if (RowSetPtr rows = cache.Find(key)) return rows;
  const datafusion::ObjectStore& store = stores.at(static_cast<size_t>(source.place.store));
  const auto rows = std::make_shared<const RowSet>(Read(store, source.place.location, vector));
  cache.Keep(key, rows);
  return rows;
}

}  // namespace

RowSetPtr ReadDeletedRows(const DeletionVectorSource& source,
                          const std::vector<datafusion::ObjectStore>& stores,
                          DeletedRowsCache& cache) {
  const DeletionVectorDescriptor vector = {
      .storage_type = source.inline_text ? 'i' : 'u',
      .path_or_inline = source.inline_text ? *source.inline_text : source.place.location,
      .offset = source.offset,
      .size_in_bytes = source.size_in_bytes,
      .cardinality = source.cardinality};
  try {
    CheckVectorSize(vector);
    RowSetPtr rows = source.inline_text ? std::make_shared<const RowSet>(DecodeInlineVector(vector))
                                        : ReadStored(source, vector, stores, cache);
    if (source.num_records && !rows->ranges.empty() &&
        rows->ranges.back().end > *source.num_records) {
      throw Error(ErrorCode::kCorruptData,
                  fmt::format("The deletion vector deletes row {} of {}.",
                              rows->ranges.back().end - 1, *source.num_records));
    }
    return rows;
  } catch (const Error& error) {
    const std::string place = fmt::format("file: {}, deletion vector in {}", Excerpt(source.file),
                                          source.inline_text ? "the log" : source.place.location);
    if (error.code() == ErrorCode::kFileNotFound) {
      const std::string note = MissingFileNote(source.table_version, stores.front().name());
      throw Error(error.code(), fmt::format("{}. {}, {}", error.message(), note, place));
    }
    throw Error(error.code(),
                fmt::format("{} Version {}, {}", error.message(), source.table_version, place));
  }
}

RowSetPtr ReadDeletedRows(const Snapshot& snapshot, int64_t file) {
  const std::optional<DeletionVectorSource> source = DeletionVectorOf(snapshot, file);
  if (!source) return std::make_shared<const RowSet>();
  std::vector<datafusion::ObjectStore> stores = {snapshot.store()};
  const std::vector<datafusion::ObjectStore>& others = snapshot.access().allowed_roots();
  stores.insert(stores.end(), others.begin(), others.end());
  return ReadDeletedRows(*source, stores, *snapshot.files().columns().deleted_rows());
}

}  // namespace deltaic::delta
