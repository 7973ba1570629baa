#pragma once

// How a C++ class becomes a table of the engine: it describes its columns and, for each query,
// lists the Parquet files to read. The engine does the rest.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::datafusion {

/// What the engine asks a table to deliver.
struct ScanRequest {
  /// Positions of the wanted columns in the table's schema; nothing = all.
  std::optional<std::vector<int32_t>> projection = {};
  /// Conjunction of predicates over the table's columns. They may be used to leave files out;
  /// the engine applies them to the rows in any case.
  std::vector<Expression> filters = {};
  /// How many rows suffice, given that there are no filters; nothing = all.
  std::optional<int64_t> limit = {};
};

/// The Parquet files that answer a `ScanRequest`.
struct FileScan {
  /// Where the files are.
  ObjectStore store;
  /// The columns that are read from files; missing ones read as null.
  Schema file_schema;
  /// The columns that are constant in a file. The table's schema is `file_schema`'s columns
  /// followed by these.
  Schema partition_schema;
  /// One row a file. Columns: `path` (utf8, location in the store), `size` (int64, bytes),
  /// `last_modified` (int64, ms since the epoch), `partition` (struct of `partition_schema`'s
  /// columns; absent if there are none), and statistics as `PruningPredicate::MayMatch` takes
  /// them (`num_rows`, `null_count`, `min`, `max`: any may be absent or null), of which `num_rows`
  /// and `null_count` are exact. `exact` (struct of bool fields named as the columns) says
  /// where min and max occur in the file; elsewhere, and without it, they are bounds.
  RecordBatch files;
  /// What EXPLAIN shows beside the scan, in this order.
  std::vector<std::pair<std::string, std::string>> annotations = {};
};

/// An earlier state of a table. One of the two is set.
struct TableVersion {
  std::optional<int64_t> version = {};
  /// Microseconds since the Unix epoch: the state at that time.
  std::optional<int64_t> timestamp_us = {};
};

/// A table of Parquet files. Implementations must be safe to call from any thread, must not rely
/// on which thread it is, and may call back into Deltaic and block.
class DELTAIC_EXPORT TableProvider {
 public:
  virtual ~TableProvider();

  /// The columns: those of the files, then the partition columns.
  virtual const Schema& schema() const = 0;

  /// Lists the files for one query.
  virtual FileScan Scan(const ScanRequest& request) const = 0;

  /// Returns the table as it was (`VERSION AS OF`, `TIMESTAMP AS OF`). A table that keeps no
  /// versions throws `kNotImplemented`, as this one does.
  virtual std::shared_ptr<const TableProvider> AtVersion(const TableVersion& version) const;

  /// Returns what a table that changes is now, or null where it does not change. A session asks
  /// once for each statement that names the table, and uses the answer in its place.
  virtual std::shared_ptr<const TableProvider> Current() const;
};

}  // namespace deltaic::datafusion
