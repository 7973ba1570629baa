#pragma once

#include <concepts>
#include <memory>
#include <string_view>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// Anything that has a snapshot, such as `DeltaTable`.
template <typename T>
concept HasSnapshot = requires(const T& table) {
  { table.snapshot() } -> std::convertible_to<std::shared_ptr<const Snapshot>>;
};

/// A DataFusion session that knows Delta tables: registered ones by name, any other by its path
/// or URL in quotes (`SELECT … FROM 's3://bucket/table'`). Column names keep their case:
/// identifiers are not lower-cased unless "datafusion.sql_parser.enable_ident_normalization" says
/// so.
class DELTAIC_EXPORT DeltaSessionContext : public datafusion::SessionContext {
 public:
  /// `settings` as `SessionContext` takes them; `storage_options` open tables named by URL in SQL.
  explicit DeltaSessionContext(const Options& settings = {}, const Options& storage_options = {});

  using SessionContext::ReadTable;
  using SessionContext::RegisterTable;

  /// Makes a snapshot known as `name`; queries see exactly this version.
  void RegisterTable(std::string_view name, std::shared_ptr<const Snapshot> snapshot);

  /// Makes the version that `table` stands at now known as `name`.
  template <HasSnapshot T>
  void RegisterTable(std::string_view name, const T& table) {
    RegisterTable(name, table.snapshot());
  }

  /// A query of all rows of `table`.
  template <HasSnapshot T>
  datafusion::DataFrame ReadTable(const T& table) const {
    return ReadSnapshot(table.snapshot());
  }

 private:
  datafusion::DataFrame ReadSnapshot(std::shared_ptr<const Snapshot> snapshot) const;
};

}  // namespace deltaic::delta
