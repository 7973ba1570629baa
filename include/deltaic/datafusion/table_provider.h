#pragma once

// How a C++ class becomes a table of the engine: it describes its columns and, for each query,
// lists the Parquet files to read. The engine does the rest.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::datafusion {

/// What the engine asks a table to deliver.
struct ScanRequest {
  /// Positions of the wanted columns in the table's schema; nothing = all.
  std::optional<std::vector<int32_t>> projection = {};
  /// Conjunction of predicates over the table's columns. They may be used to leave files out; the
  /// engine applies them to the rows, but those that the table decides (`TableProvider::Decides`).
  std::vector<Expression> filters = {};
  /// How many rows suffice, given that the table decides all filters; nothing = all.
  std::optional<int64_t> limit = {};
};

/// A struct column of a scan whose fields the engine makes while it reads.
struct PackedColumn {
  std::string name;
  /// Names of fields, and their values: of the scan's columns and of `row_index`.
  std::vector<std::pair<std::string, Expression>> fields;
  /// The name under which fields may refer to a row's position in its file, counted from 0 (int64).
  std::string row_index;
};

/// Tells which rows of a file count as not there. It keeps nothing of a scan but caches: all that
/// it needs is in the descriptor and the stores, so that a scan can be sent to another process.
/// Safe to call from any thread.
class DELTAIC_EXPORT RowSkipper {
 public:
  virtual ~RowSkipper();

  /// Returns a row a range of rows, in ascending order, with the columns `begin` and `end` (int64:
  /// positions in the file, `end` not among them). `descriptor` is the file's in
  /// `FileScan::files`; `stores` are those of the scan, `FileScan::store` first. Called when the
  /// file is about to be opened, which may never be. It may wait.
  virtual RecordBatch RowsToSkip(std::string_view descriptor,
                                 const std::vector<ObjectStore>& stores) const = 0;
};

/// The Parquet files that answer a `ScanRequest`.
struct FileScan {
  /// Where the files are, unless they name another store.
  ObjectStore store;
  /// Other stores with files.
  std::vector<ObjectStore> other_stores = {};
  /// The columns that are read from files; missing ones read as null.
  Schema file_schema;
  /// What files have in place of `file_schema`'s columns where names differ: the same columns, in
  /// order and shape, under the names of the files. A column or a field with the metadata
  /// "PARQUET:field_id" is found by that id instead; one of type null is in no file. Names of
  /// lists' elements and of maps' entries are free.
  std::optional<Schema> stored_schema = {};
  /// The columns that are constant in a file.
  Schema partition_schema;
  /// A column that is made of others.
  std::optional<PackedColumn> packed = {};
  /// Where the columns of the table's schema are, in its order: counted through `file_schema`'s
  /// columns, then `partition_schema`'s, then `packed`. A column that is not named is there for
  /// `packed` only. Nothing = all, in the order in which they are counted.
  std::optional<std::vector<int32_t>> columns = {};
  /// Whether the reader evaluates filters while it decodes, whatever the session's
  /// "datafusion.execution.parquet.pushdown_filters" says.
  bool use_row_filters = false;
  /// One row a file. Columns: `path` (utf8, location in its store), `store` (int64: 0 for `store`,
  /// from 1 on for `other_stores`; absent = 0), `size` (int64, bytes), `last_modified` (int64, ms
  /// since the epoch), `partition` (struct of `partition_schema`'s
  /// columns; absent if there are none), and statistics as `PruningPredicate::MayMatch` takes
  /// them (`num_rows`, `null_count`, `min`, `max`: any may be absent or null), of which `num_rows`
  /// and `null_count` are exact. `exact` (struct of bool fields named as the columns) says
  /// where min and max occur in the file; elsewhere, and without it, they are bounds. Values of
  /// `partition`, `min` and `max` are cast to the types of the schemas. `rows_to_skip` (utf8;
  /// absent = null): what `row_skipper` takes for a file of which rows are skipped, null for
  /// others. Statistics are those of the rows that are left.
  RecordBatch files;
  /// Where it is set, `files` has statistics only, and this returns the columns `path`, `store`,
  /// `size`, `last_modified`, `partition` and `rows_to_skip` in the same order of files. It is
  /// called when the plan needs them, which it may never do: from any thread, at most a few times.
  /// It must not wait.
  std::function<RecordBatch()> describe = {};
  /// Set where files have `rows_to_skip`.
  std::shared_ptr<const RowSkipper> row_skipper = {};
  /// What is added to the error for a file that is not there: a sentence.
  std::string missing_file_note = {};
  /// What EXPLAIN shows beside the scan, in this order.
  std::vector<std::pair<std::string, std::string>> annotations = {};
};

/// Combines the statistics of all files: one row with the columns `num_rows`, `total_byte_size` (of
/// the files), `null_count`, `min`, `max`, `exact`, the latter four structs of the columns that are
/// not nested. What is null is unknown; `exact` says whether min and max both occur in the data.
DELTAIC_EXPORT RecordBatch SummarizeFiles(const FileScan& scan);

/// Columns whose values are unique together.
struct UniqueColumns {
  std::vector<int32_t> columns;  ///< Positions in the table's schema.
  bool is_primary = false;
};

/// An earlier state of a table. One of the two is set.
struct TableVersion {
  std::optional<int64_t> version = {};
  /// Microseconds since the Unix epoch: the state at that time.
  std::optional<int64_t> timestamp_us = {};
};

/// What becomes of the rows that a table has when others are inserted.
enum class InsertMode { kAppend, kOverwrite };

/// The rows that a statement changes.
struct ChangedRows {
  /// A query with one column: that of `TableProvider::WithIdentity`. It may name a row twice.
  DataFrame identities;
  /// Whether the table's columns alone decide which rows these are: those for which `filter` is
  /// true, and all rows without one. Elsewhere only the query knows.
  bool is_filtered = false;
  std::optional<Expression> filter = {};
  /// The condition of the statement, for people; nothing where it has none.
  std::optional<std::string> condition = {};
};

/// A table of Parquet files. Implementations must be safe to call from any thread, must not rely
/// on which thread it is, and may call back into Deltaic and block.
class DELTAIC_EXPORT TableProvider {
 public:
  virtual ~TableProvider();

  /// The columns, in the order in which `FileScan::columns` places them.
  virtual const Schema& schema() const = 0;

  /// Lists the files for one query.
  virtual FileScan Scan(const ScanRequest& request) const = 0;

  /// Whether `Scan` decides `filter`, which is deterministic: every row of the files that it lists
  /// satisfies it, so that the engine need not look. None by default.
  virtual bool Decides(const Expression& filter) const;

  /// What is known of all rows, as `SummarizeFiles` returns it; nothing by default. Must not wait.
  virtual std::optional<RecordBatch> Statistics() const;

  /// Keys that the planner may rely on; none by default. Asked once.
  virtual std::vector<UniqueColumns> UniqueKeys() const;

  /// The columns that have a value where an INSERT leaves them out, with that value as SQL text;
  /// null for all others. Asked once.
  virtual std::vector<std::pair<std::string, std::string>> ColumnDefaults() const;

  /// The statement that made the table; nothing by default. Asked once.
  virtual std::optional<std::string> Definition() const;

  /// Returns the table as it was (`VERSION AS OF`, `TIMESTAMP AS OF`). A table that keeps no
  /// versions throws `kNotImplemented`, as this one does.
  virtual std::shared_ptr<const TableProvider> AtVersion(const TableVersion& version) const;

  /// Returns what a table that changes is now, or null where it does not change. A session asks
  /// once for each statement that names the table, and uses the answer in its place.
  virtual std::shared_ptr<const TableProvider> Current() const;

  /// Writes rows: what `INSERT INTO` asks when it runs, once a run, and EXPLAIN never does. Returns
  /// their number. `rows` has those columns that the statement names, in the order of the table,
  /// with values that the types of the table hold exactly; where the statement comes from another
  /// library than this one, it has all columns, in types of the statement. A table that is not for
  /// writing throws `kNotImplemented`, as this one does. Obeys the thread's `CancelScope`.
  virtual int64_t Insert(const DataFrame& rows, InsertMode mode) const;

  /// Returns the same state of the table with one more column, the last one, whose values tell its
  /// rows apart: what a statement changes that changes rows. A table whose rows cannot be changed
  /// throws `kNotImplemented`, as this one does.
  virtual std::shared_ptr<const TableProvider> WithIdentity() const;

  /// Deletes rows: what `DELETE` and `TRUNCATE` ask the table of `WithIdentity` when they run, once
  /// a run, and EXPLAIN never does. Returns their number. A table whose rows cannot be changed
  /// throws `kNotImplemented`, as this one does. Obeys the thread's `CancelScope`.
  virtual int64_t Delete(const ChangedRows& rows) const;
};

}  // namespace deltaic::datafusion
