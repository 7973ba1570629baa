#include "delta/operations/removed_rows.h"

#include <numeric>
#include <optional>
#include <utility>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/parquet_file.h>
#include <fmt/format.h>

#include "base/parallel_for.h"
#include "delta/protocol/row_set_builder.h"
#include "delta/scan/deletion_vector_reader.h"
#include "delta/scan/deletion_vector_source.h"

namespace deltaic::delta {
namespace {

ReducedFile Reduce(const Snapshot& snapshot, int64_t file, const RowSet& rows) {
  RowSetBuilder deleted;
  deleted.AddAll(rows);
  deleted.AddAll(*ReadDeletedRows(snapshot, file));
  const std::optional<int64_t> records = RecordsOf(snapshot, file);
  ReducedFile reduced{.file = file,
                      .deleted = deleted.Build(),
                      .newly_deleted = rows,
                      .num_records = records ? *records : CountStoredRows(snapshot, file)};
  if (reduced.deleted.ranges.back().end > reduced.num_records) {
    throw Error(ErrorCode::kCorruptData,
                fmt::format("A file has more rows than the log says. Version {}, rows by the log: "
                            "{}, file: {}",
                            snapshot.version(), reduced.num_records, snapshot.FileLocation(file)));
  }
  return reduced;
}

}  // namespace

int64_t CountStoredRows(const Snapshot& snapshot, int64_t file) {
  const FilePlace place = snapshot.PlaceOf(snapshot.files().path(file));
  return datafusion::ParquetFile::Open(snapshot.StoreOf(place), place.location,
                                       snapshot.files().file_size(file))
      .NumRows();
}

int64_t CountLiveRows(const Snapshot& snapshot, const std::vector<int64_t>& files) {
  std::vector<int64_t> rows(files.size());
  ParallelFor(files.size(), [&](size_t i) {
    const std::optional<int64_t> records = RecordsOf(snapshot, files[i]);
    const auto vector = snapshot.files().deletion_vector(files[i]);
    rows[i] = (records ? *records : CountStoredRows(snapshot, files[i])) -
              (vector ? vector->cardinality : 0);
  });
  return std::accumulate(rows.begin(), rows.end(), int64_t{0});
}

RemovedRows SortRemovedRows(const Snapshot& snapshot, const RowsByFile& rows) {
  std::vector<std::pair<int64_t, const RowSet*>> files;
  for (const auto& [file, positions] : rows) files.emplace_back(file, &positions);
  std::vector<ReducedFile> reduced(files.size());
  ParallelFor(files.size(),
              [&](size_t i) { reduced[i] = Reduce(snapshot, files[i].first, *files[i].second); });
  RemovedRows removed;
  for (ReducedFile& file : reduced) {
    removed.num_rows += file.newly_deleted.cardinality;
    const bool is_whole = file.deleted.cardinality == file.num_records;
    (is_whole ? removed.whole : removed.reduced).push_back(std::move(file));
  }
  return removed;
}

}  // namespace deltaic::delta
