#include <deltaic/delta/session/delta_session_context.h>

#include <string>
#include <utility>

#include <deltaic/delta/session/delta_table_factory.h>
#include <deltaic/delta/session/delta_table_provider.h>

#include "delta/protocol/log_path.h"
#include "delta/session/delta_table_functions.h"
#include "delta/session/folder_catalog.h"
#include "delta/session/latest_table.h"
#include "delta/session/latest_table_cache.h"
#include "delta/session/session_statements.h"
#include "delta/session/versioned_name.h"

namespace deltaic::delta {
namespace {

constexpr char kNormalizeIdentifiers[] = "datafusion.sql_parser.enable_ident_normalization";

Options WithDefaults(Options settings) {
  settings.emplace(kNormalizeIdentifiers, "false");
  return settings;
}

/// Finds the Delta table that a name in a query means: a path or a URL, told by its slash.
class DeltaTableResolver : public datafusion::TableResolver {
 public:
  DeltaTableResolver(Options storage_options, ScanConfigSource config)
      : tables_(std::move(storage_options), std::move(config)) {}

  std::shared_ptr<const datafusion::TableProvider> Resolve(const std::string& name) const override {
    if (name.find('/') == std::string::npos) return nullptr;
    return tables_.Find(name);
  }

  std::optional<datafusion::VersionedName> SplitVersion(std::string_view name) const override {
    return ParseVersionedName(name);
  }

 private:
  mutable LatestTableCache tables_;
};

}  // namespace

DeltaSessionContext::DeltaSessionContext(const Options& settings, const Options& storage_options)
    : SessionContext(WithDefaults(settings), std::make_shared<SessionStatements>(storage_options)) {
  const ScanConfigSource config = ScanConfigOf(*this);
  SetTableResolver(std::make_shared<DeltaTableResolver>(storage_options, config));
  const auto factory = std::make_shared<DeltaTableFactory>(storage_options, config);
  RegisterTableFactory("DELTATABLE", factory);
  RegisterTableFactory("DELTA", factory);
  RegisterTableFunctions(*this);
  ProtectFolder(kLogFolder);
}

void DeltaSessionContext::RegisterTable(std::string_view name,
                                        std::shared_ptr<const Snapshot> snapshot,
                                        TableRefresh refresh, const ScanOptions& options) {
  const ScanConfigSource config = With(ScanConfigOf(*this), options);
  std::shared_ptr<const datafusion::TableProvider> table;
  if (refresh == TableRefresh::kPerQuery) {
    table = std::make_shared<LatestTable>(std::move(snapshot), config);
  } else {
    table = std::make_shared<DeltaTableProvider>(std::move(snapshot), config());
  }
  SessionContext::RegisterTable(name, std::move(table));
}

void DeltaSessionContext::RegisterCatalog(std::string_view name, std::string_view uri,
                                          const Options& storage_options) {
  SessionContext::RegisterCatalog(
      name,
      std::make_shared<FolderCatalog>(std::string(uri), storage_options, ScanConfigOf(*this)));
}

datafusion::DataFrame DeltaSessionContext::ReadSnapshot(
    std::shared_ptr<const Snapshot> snapshot) const {
  return SessionContext::ReadTable(std::make_shared<DeltaTableProvider>(
      std::move(snapshot), DeltaScanConfig::NewFromSession(*this)));
}

DeltaSessionContext CreateSession(const DeltaSessionConfig& config) {
  return DeltaSessionContext(config);
}

datafusion::Expression DeltaColumn(std::string_view name) {
  return datafusion::Expression::Column(name);
}

}  // namespace deltaic::delta
