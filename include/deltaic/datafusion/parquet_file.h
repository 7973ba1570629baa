#pragma once

// A Parquet file of a store, read outside of any query: its columns as a stream of record batches.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::datafusion {

/// Rows of a file, from `begin` to before `end`.
struct RowRange {
  int64_t begin = 0;
  int64_t end = 0;
};

/// A file whose footer has been read. Immutable handle, cheap to copy, safe to share between
/// threads.
///
/// Columns are named with dots, leaves or subtrees: "add.path", "metaData". Calls block and obey
/// the thread's `CancelScope`; errors as those of the store, and `kCorruptData` naming the location
/// for malformed bytes.
class DELTAIC_EXPORT ParquetFile {
 public:
  /// Opens a file; `size` is the object's size in bytes.
  static ParquetFile Open(const ObjectStore& store, std::string_view location, int64_t size);

  /// Whether there is nothing but nulls at or below `column` by the file's own statistics, or no
  /// such column.
  bool IsNull(std::string_view column) const;

  /// Bytes that the column chunks at or below `column` take in the file, by its footer.
  int64_t StoredSize(std::string_view column) const;

  /// The rows that its row groups have by the footer, which may be wrong.
  int64_t NumRows() const;

  /// Splits the rows into up to `parts` ranges, in order, which cost about the same to read each on
  /// its own. Those of a store that is not local end where row groups do: what is before a range in
  /// its row group is read too, as far as it takes to find the range. Never empty; one range is
  /// all.
  std::vector<RowRange> SplitRows(size_t parts) const;

  /// The bounds that the file records for runs of its rows: of pages where it has an index of
  /// them, which is read for it, else of row groups. A batch of `first_row`,
  /// ascending, where a run begins that ends before the next one, and for each of the columns that
  /// is a leaf of integers, dates or timestamps a struct of its name with `min` and `max`: null
  /// where it is not known that no row of the run is null or beyond them.
  RecordBatch Bounds(const std::vector<std::string>& columns) const;

  /// Its columns by the types of Parquet alone: an Arrow schema that a writer may have embedded
  /// says nothing of how values are stored. INT96 are instants; fields have no metadata.
  Schema schema() const;

  /// What the footer tells about columns, a path of names for each; those of a path are the same as
  /// in a struct type. One row: `num_rows` (int64), and `null_count` (int64), `min` and `max`:
  /// structs with a field for each path, named and typed as its field of `types`, and null where it
  /// is not known. Bounds are rounded down to the type. A column that the file lacks is null in all
  /// rows; of lists and maps nothing is known; floats have no `max`, since it may be a NaN.
  RecordBatch Statistics(const std::vector<std::vector<std::string>>& columns,
                         const Schema& types) const;

  /// Reads columns; those that the file lacks are left out, and an empty list is all columns. With
  /// `rows`, which ascend, only those.
  ///
  /// Texts and bytes arrive as Arrow views, maps as Arrow maps.
  RecordBatchStream Read(const std::vector<std::string>& columns,
                         const std::vector<RowRange>& rows = {}) const;

  struct Impl;

 private:
  explicit ParquetFile(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
