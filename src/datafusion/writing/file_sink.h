#pragma once

// Writes the rows of a query as Parquet files (the writer of the crate parquet), in one pass and in
// bounded memory. Safe to call from any thread.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <deltaic/base/options.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::datafusion {

/// What must be true of every row that is written.
struct RowCheck {
  std::string name;      ///< How an error calls it: "CHECK constraint 'positive' (id > 0)".
  Expression condition;  ///< Over the columns of the rows. A row breaks it by false and by null.
};

/// Where and how rows become files.
struct FileSink {
  ObjectStore store;
  /// Names a new file, relative to `store`. Gets one row of `partition_columns`, without columns
  /// where there are none. Called from any thread.
  std::function<std::string(const RecordBatch& partition)> name_file;
  /// The columns of the rows, in their order and types. Those that are not nullable, at any depth,
  /// must hold no null.
  Schema schema;
  /// What the files have in place of `schema`'s columns without `partition_columns`, where names
  /// differ: the same columns in order and shape, with the metadata "PARQUET:field_id" where a
  /// field has an id.
  std::optional<Schema> stored_schema = {};
  /// Columns that are constant in a file, and are not written to it.
  std::vector<std::string> partition_columns = {};
  /// Paths of columns, of fields of structs too, whose statistics are wanted. Of a path that leads
  /// to a list, map or struct there is a null count at most.
  std::vector<std::vector<std::string>> statistics = {};
  std::vector<RowCheck> checks = {};
  /// A file is closed, and another begun, when it has grown to this many bytes.
  int64_t target_file_size = int64_t{100} << 20;
  /// How many files a task keeps open. Rows of further partitions are sorted first, spilling as
  /// the session allows, so that any number of partitions takes bounded memory.
  int64_t max_open_files = 64;
  /// Bytes that all open files may hold before rows are encoded to the end and sent.
  int64_t memory_limit = int64_t{256} << 20;
  /// Properties of the writer, as docs/writing.md lists them: "compression" ("zstd(3)"),
  /// "max_row_group_size", "data_page_size_limit", …, and for one column "column.<path>.encoding".
  Options properties = {};
};

/// Runs the query and writes its rows. Returns the files, a row each, in no stated order:
/// `location` (utf8), `size` (int64, bytes), `num_rows` (int64), `partition` (struct of
/// `partition_columns`; absent without any), and `null_count` (int64), `min` and `max`: structs
/// with a field "0", "1", … for each path of `statistics`, null where it is not known. `min` and
/// `max` have the type of the column; they are bounds, and texts may be cut. There is no `max` of
/// a column of floats that holds a NaN, and of one whose values are all NaN neither bound.
/// No rows make no files.
///
/// Throws `kConstraintViolation` naming the check or column and showing a row, `kInvalidArgument`
/// for properties, the errors of the query and of the store, and `kCancelled`. What was written is
/// removed again then, as far as the store allows.
RecordBatch WriteFiles(const DataFrame& rows, const FileSink& sink);

}  // namespace deltaic::datafusion
