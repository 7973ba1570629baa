#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/datafusion/catalog_provider.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/datafusion/table_factory.h>
#include <deltaic/datafusion/table_function.h>
#include <deltaic/datafusion/table_provider.h>

namespace deltaic::datafusion {

/// A name that says which version of a table it means, taken apart.
struct VersionedName {
  std::string name;
  TableVersion version;
};

/// Finds tables that nobody registered, for example `FROM 's3://bucket/table'`. Implementations
/// must be safe to call from any thread and may block.
class DELTAIC_EXPORT TableResolver {
 public:
  virtual ~TableResolver();

  /// Returns the table that `name` (as written, without quotes) means, or null where it means
  /// none. Throws where it means one that cannot be opened.
  virtual std::shared_ptr<const TableProvider> Resolve(const std::string& name) const = 0;

  /// Takes a name such as "orders@v3" apart, or returns nothing where it says no version, as this
  /// one does. Must not block.
  virtual std::optional<VersionedName> SplitVersion(std::string_view name) const;
};

/// What `SessionContext::ScanTable` reads.
struct TableScan {
  std::optional<std::vector<std::string>> columns = {};  ///< Names; nothing = all.
  std::optional<std::string> predicate = {};             ///< SQL, true for the rows that are read.
};

class StatementReader;

/// A DataFusion session: settings, tables and functions. A handle: copies share the session.
/// Safe to use from several threads.
class DELTAIC_EXPORT SessionContext {
 public:
  /// Makes a session with DataFusion settings by their names ("datafusion.execution.batch_size"),
  /// over the environment's (`DATAFUSION_…`) and DataFusion's defaults. Also
  /// "datafusion.runtime.memory_limit" ("2G") and its kin. "datafusion.sql_parser.collect_spans",
  /// by which errors of the planner know their place, is on unless it is given. Throws
  /// `kInvalidArgument`.
  explicit SessionContext(const Options& settings = {});

  /// Makes `table` known as `name`, replacing a table of that name. The name keeps its case.
  void RegisterTable(std::string_view name, std::shared_ptr<const TableProvider> table);

  /// Reads `stream` to its end into memory and makes it known as `name`.
  void RegisterRecordBatches(std::string_view name, RecordBatchStream stream);

  /// The table that SQL knows by that name ("t", "schema.t", "t@v3"), as a statement would see it;
  /// null where there is none or it is not one of C++.
  std::shared_ptr<const TableProvider> FindTable(std::string_view name) const;

  /// Forgets a table; returns whether there was one.
  bool DeregisterTable(std::string_view name);

  /// Asks `resolver` for every table name that is not known, from now on. A name with a schema
  /// before it is not asked for.
  void SetTableResolver(std::shared_ptr<const TableResolver> resolver);

  /// Makes the tables of `catalog` known as `name.schema.table`, replacing a catalog of that name.
  /// Throws `kInvalidArgument` for an empty name and for that of the session's own catalog.
  void RegisterCatalog(std::string_view name, std::shared_ptr<const CatalogProvider> catalog);

  /// Makes `function` callable as `FROM name(…)`, replacing a table function of that name.
  void RegisterTableFunction(std::string_view name, std::shared_ptr<const TableFunction> function);

  /// Makes `CREATE EXTERNAL TABLE … STORED AS format` ask `factory`.
  void RegisterTableFactory(std::string_view format, std::shared_ptr<const TableFactory> factory);

  /// Refuses statements (COPY, INSERT INTO a table of files) that write a file into a folder of
  /// this name, or below one, from now on; `Sql` then throws `kInvalidArgument`.
  void ProtectFolder(std::string_view name);

  /// Parses and plans one SQL statement: that of the dialect "datafusion.sql_parser.dialect", where
  /// the generic one has table versions besides (`FROM t VERSION AS OF 3`). Statements that change
  /// the session (SET, CREATE VIEW, …) or a table of C++ (INSERT) take effect now, once, whatever
  /// is read of their result; queries run when the result is executed. Throws `kInvalidSql`; as
  /// `SqlError` where the place in the text is known.
  DataFrame Sql(std::string_view sql) const;

  /// A query of all rows of `table`, which need not be registered.
  DataFrame ReadTable(std::shared_ptr<const TableProvider> table) const;

  /// A query of all rows of `rows`.
  DataFrame ReadRows(std::shared_ptr<const RowSource> rows) const;

  /// A query of the batches of `stream`, which are read as the query runs and not kept. It runs
  /// once; a second run throws `kInvalidArgument`. Throws `kInvalidArgument` where two columns have
  /// one name. A batch whose arrays are malformed makes the query throw it, naming the column.
  DataFrame ReadStream(RecordBatchStream stream) const;

  /// Reads `table`, which need not be registered, in no stated order. Files are left out and
  /// filters reach the reader as in a query, but none is planned: planning takes time with the
  /// square of the number of columns, this does not. Throws `kInvalidSql`.
  RecordBatchStream ScanTable(std::shared_ptr<const TableProvider> table,
                              const TableScan& scan = {}) const;

  /// The value of a DataFusion setting ("datafusion.execution.batch_size") as text, as it is now;
  /// empty where it has none. Throws `kInvalidArgument` where there is no such setting.
  std::string Setting(std::string_view name) const;

  struct Impl;
  explicit SessionContext(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const std::shared_ptr<const Impl>& impl() const { return impl_; }

 protected:
  /// A session in which `reader` reads each statement first.
  SessionContext(const Options& settings, std::shared_ptr<const StatementReader> reader);

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace deltaic::datafusion
