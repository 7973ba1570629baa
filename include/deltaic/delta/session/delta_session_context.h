#pragma once

#include <concepts>
#include <memory>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/scan/delta_scan_config.h>
#include <deltaic/delta/session/delta_session_config.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Anything that has a snapshot, such as `DeltaTable`.
template <typename T>
concept HasSnapshot = requires(const T& table) {
  { table.snapshot() } -> std::convertible_to<std::shared_ptr<const Snapshot>>;
};

/// Which version of a registered table a statement sees.
enum class TableRefresh {
  kPinned,    ///< The one that was registered.
  kPerQuery,  ///< The newest when the statement is planned: one and the same in all of it.
};

/// A DataFusion session that knows Delta tables: registered ones by name, any other by its path
/// or URL in quotes (`SELECT … FROM 's3://bucket/table'`), which is read at its newest version.
/// `VERSION AS OF`, `TIMESTAMP AS OF` and names such as "orders@v3" read earlier ones; the
/// functions delta_scan, delta_files, delta_history and delta_detail, the statements `DESCRIBE
/// HISTORY` and `DESCRIBE DETAIL`, and `CREATE EXTERNAL TABLE … STORED AS DELTATABLE` are there
/// (docs/sql.md). Column names keep their case: identifiers are not lower-cased unless
/// "datafusion.sql_parser.enable_ident_normalization" says so.
class DELTAIC_EXPORT DeltaSessionContext : public datafusion::SessionContext {
 public:
  /// `settings` as `SessionContext` takes them; `storage_options` open tables named by URL in SQL.
  explicit DeltaSessionContext(const Options& settings = {}, const Options& storage_options = {});

  /// As above, of settings put together by name.
  explicit DeltaSessionContext(const DeltaSessionConfig& config,
                               const Options& storage_options = {})
      : DeltaSessionContext(config.settings(), storage_options) {}

  using SessionContext::ReadTable;
  using SessionContext::RegisterCatalog;
  using SessionContext::RegisterTable;

  /// Makes a snapshot, or what follows it, known as `name`, read as the options say.
  void RegisterTable(std::string_view name, std::shared_ptr<const Snapshot> snapshot,
                     TableRefresh refresh = TableRefresh::kPinned, const ScanOptions& options = {});

  /// Registers the version that `table` has now, or its successors, as `name`.
  template <HasSnapshot T>
  void RegisterTable(std::string_view name, const T& table,
                     TableRefresh refresh = TableRefresh::kPinned,
                     const ScanOptions& options = {}) {
    RegisterTable(name, table.snapshot(), refresh, options);
  }

  /// Makes the tables of a folder known: folder/<table> as `name.default.<table>`, and
  /// folder/<schema>/<table> as `name.<schema>.<table>`. They are looked for when a statement names
  /// them, and seen at their newest version. Throws `kInvalidArgument` for a bad name, URL or
  /// option.
  void RegisterCatalog(std::string_view name, std::string_view uri,
                       const Options& storage_options = {});

  /// A query of all rows of `table`.
  template <HasSnapshot T>
  datafusion::DataFrame ReadTable(const T& table) const {
    return ReadSnapshot(table.snapshot());
  }

 private:
  datafusion::DataFrame ReadSnapshot(std::shared_ptr<const Snapshot> snapshot) const;
};

/// Makes a session with the defaults of Delta.
DELTAIC_EXPORT DeltaSessionContext CreateSession(const DeltaSessionConfig& config = {});

/// The column of exactly that name, dots and capitals included, as an expression.
DELTAIC_EXPORT datafusion::Expression DeltaColumn(std::string_view name);

}  // namespace deltaic::delta
