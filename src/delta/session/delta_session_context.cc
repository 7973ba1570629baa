#include <deltaic/delta/session/delta_session_context.h>

#include <string>
#include <utility>

#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

namespace deltaic::delta {
namespace {

constexpr char kNormalizeIdentifiers[] = "datafusion.sql_parser.enable_ident_normalization";

Options WithDefaults(Options settings) {
  settings.emplace(kNormalizeIdentifiers, "false");
  return settings;
}

/// Opens the Delta table that a name in a query means: a path or a URL, told by its slash.
class DeltaTableResolver : public datafusion::TableResolver {
 public:
  DeltaTableResolver(Options storage_options, const datafusion::SessionContext& session)
      : storage_options_(std::move(storage_options)), session_(session.impl()) {}

  std::shared_ptr<const datafusion::TableProvider> Resolve(const std::string& name) const override {
    if (name.find('/') == std::string::npos) return nullptr;
    datafusion::ObjectStore store = datafusion::ObjectStore::Open(name, storage_options_);
    // A query that asks for the table holds the session.
    const std::shared_ptr<const datafusion::SessionContext::Impl> session = session_.lock();
    if (session == nullptr) return nullptr;
    return std::make_shared<DeltaTableProvider>(
        LoadLatestSnapshot(store),
        DeltaScanConfig::NewFromSession(datafusion::SessionContext(session)));
  }

 private:
  Options storage_options_;
  std::weak_ptr<const datafusion::SessionContext::Impl> session_;  // Which holds this resolver.
};

}  // namespace

DeltaSessionContext::DeltaSessionContext(const Options& settings, const Options& storage_options)
    : SessionContext(WithDefaults(settings)) {
  SetTableResolver(std::make_shared<DeltaTableResolver>(storage_options, *this));
}

void DeltaSessionContext::RegisterTable(std::string_view name,
                                        std::shared_ptr<const Snapshot> snapshot) {
  SessionContext::RegisterTable(
      name, std::make_shared<DeltaTableProvider>(std::move(snapshot),
                                                 DeltaScanConfig::NewFromSession(*this)));
}

datafusion::DataFrame DeltaSessionContext::ReadSnapshot(
    std::shared_ptr<const Snapshot> snapshot) const {
  return SessionContext::ReadTable(std::make_shared<DeltaTableProvider>(
      std::move(snapshot), DeltaScanConfig::NewFromSession(*this)));
}

}  // namespace deltaic::delta
