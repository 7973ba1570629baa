#include "delta/scan/file_description.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "columnar/batch_builder.h"
#include "columnar/column_builder.h"
#include "delta/protocol/partition_value.h"

namespace deltaic::delta {
namespace {

/// A column with a text a file, which `write` puts into the string that it is given.
template <typename Write>
RecordBatch StringColumn(const char* name, const std::vector<int64_t>& files, Write write) {
  ColumnBuilder column(name, NANOARROW_TYPE_STRING);
  column.Reserve(static_cast<int64_t>(files.size()));
  std::string text;
  for (int64_t file : files) {
    write(file, text);
    column.AppendBytes(text);
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.Add(std::move(column));
  return builder.Finish();
}

/// The parts of `_metadata` that are constant in a file.
RecordBatch MetadataOf(const Snapshot& snapshot, const TableColumns& columns,
                       const std::vector<int64_t>& files) {
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  if (columns.metadata_parts == MetadataParts::kIdentity) {
    builder.AddInt64(columns.PartOfMetadata(kFileNumber), files);
    return builder.Finish();
  }
  const auto name = [&](const char* part) { return columns.PartOfMetadata(part); };
  builder.AddColumns(
      StringColumn(name("file_path").c_str(), files,
                   [&](int64_t file, std::string& text) { text = snapshot.FileUri(file); }));
  builder.AddColumns(
      StringColumn(name("file_name").c_str(), files, [&](int64_t file, std::string& text) {
        text = snapshot.FileLocation(file);
        text.erase(0, text.rfind('/') + 1);
      }));
  std::vector<int64_t> sizes;
  std::vector<int64_t> times;
  for (int64_t file : files) {
    sizes.push_back(snapshot.files().file_size(file));
    // Microseconds; times of hostile logs may overflow.
    int64_t time = 0;
    times.push_back(
        __builtin_mul_overflow(snapshot.files().modification_time(file), int64_t{1000}, &time)
            ? 0
            : time);
  }
  builder.AddInt64(name("file_size"), sizes);
  builder.AddInt64(name("file_modification_time"), times);
  return builder.Finish();
}

/// The base row ids and commit versions of a table with row tracking.
RecordBatch RowTrackingOf(const Snapshot& snapshot, const TableColumns& columns,
                          const std::vector<int64_t>& files) {
  // So far from the end of the numbers that no file has the rows to get there.
  constexpr int64_t kMaxBaseRowId = int64_t{1} << 62;
  std::vector<int64_t> ids;
  std::vector<int64_t> versions;
  for (const int64_t file : files) {
    const std::optional<int64_t> id = snapshot.files().base_row_id(file);
    const std::optional<int64_t> version = snapshot.files().row_commit_version(file);
    if (!id || !version || *id > kMaxBaseRowId) {
      throw Error(ErrorCode::kCorruptLog,
                  fmt::format("Row tracking is enabled, and a file has no {} that can be one. "
                              "Version {}, file: {}",
                              version ? "baseRowId" : "defaultRowCommitVersion", snapshot.version(),
                              Excerpt(snapshot.files().path(file))));
    }
    ids.push_back(*id);
    versions.push_back(*version);
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddInt64(columns.PartOfMetadata(kBaseRowId), ids);
  builder.AddInt64(columns.PartOfMetadata(kDefaultCommitVersion), versions);
  return builder.Finish();
}

}  // namespace

RecordBatch PlacesOf(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  std::vector<int64_t> stores;
  std::vector<int64_t> sizes;
  std::vector<int64_t> modified;
  for (std::vector<int64_t>* column : {&stores, &sizes, &modified}) column->reserve(files.size());
  for (const int64_t file : files) {
    sizes.push_back(active.file_size(file));
    modified.push_back(active.modification_time(file));
  }
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  builder.AddColumns(StringColumn("path", files, [&](int64_t file, std::string& text) {
    FilePlace place = snapshot.PlaceOf(active.path(file));
    stores.push_back(place.store);
    text = std::move(place.location);
  }));
  if (std::any_of(stores.begin(), stores.end(), [](int64_t store) { return store != 0; })) {
    builder.AddInt64("store", stores);
  }
  builder.AddInt64("size", sizes);
  builder.AddInt64("last_modified", modified);
  return builder.Finish();
}

RecordBatch ConstantsOf(const Snapshot& snapshot, const TableColumns& columns,
                        bool wants_row_tracking, const std::vector<int64_t>& files) {
  BatchBuilder builder(static_cast<int64_t>(files.size()));
  if (!columns.partition_fields.empty()) {
    builder.AddColumns(PartitionValuesOf(snapshot, columns, files));
  }
  if (columns.path_column) {
    builder.AddColumns(PathsOf(snapshot, *columns.path_column, files));
  }
  if (columns.has_metadata) {
    builder.AddColumns(MetadataOf(snapshot, columns, files));
  }
  if (columns.has_row_tracking && wants_row_tracking) {
    builder.AddColumns(RowTrackingOf(snapshot, columns, files));
  } else if (columns.has_row_tracking) {
    const std::vector<int64_t> unused(files.size(), 0);
    builder.AddInt64(columns.PartOfMetadata(kBaseRowId), unused);
    builder.AddInt64(columns.PartOfMetadata(kDefaultCommitVersion), unused);
  }
  return builder.Finish();
}

RecordBatch PartitionValuesOf(const Snapshot& snapshot, const TableColumns& columns,
                              const std::vector<int64_t>& files) {
  const ActiveFiles& active = snapshot.files();
  int64_t file = 0;
  try {
    return ParsePartitionValues(
        columns.partition_fields, static_cast<int64_t>(files.size()),
        [&](int64_t row, size_t column) {
          file = files[row];
          return active.partition_value(file, columns.partition_positions[column]);
        },
        columns.partition_zone);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(error.code(), fmt::format("{} Version {}, file: {}", error.message(),
                                          snapshot.version(), Excerpt(active.path(file))));
  }
}

std::string MissingFileNote(int64_t version, std::string_view table) {
  return fmt::format("The table has it at version {}; VACUUM may have removed it since. Table: {}",
                     version, table);
}

RecordBatch PathsOf(const Snapshot& snapshot, const std::string& name,
                    const std::vector<int64_t>& files) {
  return StringColumn(name.c_str(), files, [&](int64_t file, std::string& text) {
    text = file < 0 ? "" : snapshot.FileLocation(file);
  });
}

}  // namespace deltaic::delta
