#include <deltaic/datafusion/session_context.h>

#include "datafusion/bridge_call.h"
#include "datafusion/data_frame_impl.h"
#include "datafusion/engine_memory.h"

namespace deltaic::datafusion {

struct SessionContext::Impl {
  explicit Impl(rust::Box<bridge::Session> made) : session(std::move(made)) {}
  rust::Box<bridge::Session> session;
};

namespace {

std::shared_ptr<bridge::TableCallback> ToRust(std::shared_ptr<const TableProvider> table) {
  return std::make_shared<bridge::TableCallback>(std::move(table));
}

}  // namespace

SessionContext::SessionContext(const Options& settings)
    : impl_(Call([&] {
        HeedAddressLimit();
        return std::make_shared<const Impl>(bridge::new_session(datafusion::ToRust(settings)));
      })) {}

void SessionContext::RegisterTable(std::string_view name,
                                   std::shared_ptr<const TableProvider> table) {
  Call([&] { impl_->session->register_table(datafusion::ToRust(name), ToRust(std::move(table))); });
}

void SessionContext::RegisterRecordBatches(std::string_view name, RecordBatchStream stream) {
  Call([&] {
    ArrowArrayStream outgoing{};
    std::move(stream).Export(&outgoing);
    impl_->session->register_stream(datafusion::ToRust(name), &outgoing);
  });
}

bool SessionContext::DeregisterTable(std::string_view name) {
  return Call([&] { return impl_->session->deregister_table(datafusion::ToRust(name)); });
}

void SessionContext::SetTableResolver(std::shared_ptr<const TableResolver> resolver) {
  Call([&] {
    impl_->session->set_resolver(std::make_unique<bridge::ResolverCallback>(std::move(resolver)));
  });
}

void SessionContext::RegisterCatalog(std::string_view name,
                                     std::shared_ptr<const CatalogProvider> catalog) {
  Call([&] {
    impl_->session->register_catalog(datafusion::ToRust(name),
                                     std::make_unique<bridge::CatalogCallback>(std::move(catalog)));
  });
}

void SessionContext::RegisterTableFunction(std::string_view name,
                                           std::shared_ptr<const TableFunction> function) {
  Call([&] {
    impl_->session->register_function(
        datafusion::ToRust(name),
        std::make_unique<bridge::FunctionCallback>(std::string(name), std::move(function)));
  });
}

void SessionContext::RegisterTableFactory(std::string_view format,
                                          std::shared_ptr<const TableFactory> factory) {
  Call([&] {
    impl_->session->register_factory(datafusion::ToRust(format),
                                     std::make_unique<bridge::FactoryCallback>(std::move(factory)));
  });
}

void SessionContext::ProtectFolder(std::string_view name) {
  Call([&] { impl_->session->protect_folder(datafusion::ToRust(name)); });
}

DataFrame SessionContext::Sql(std::string_view sql) const {
  return Call([&] { return MakeDataFrame(impl_->session->sql(datafusion::ToRust(sql))); });
}

DataFrame SessionContext::ReadTable(std::shared_ptr<const TableProvider> table) const {
  return Call([&] { return MakeDataFrame(impl_->session->read_table(ToRust(std::move(table)))); });
}

RecordBatchStream SessionContext::ScanTable(std::shared_ptr<const TableProvider> table,
                                            const TableScan& scan) const {
  return Call([&] {
    bridge::TableScan outgoing;
    outgoing.all_columns = !scan.columns;
    if (scan.columns) outgoing.columns = datafusion::ToRust(*scan.columns);
    if (scan.predicate) outgoing.predicates.push_back(rust::String(*scan.predicate));
    ArrowArrayStream stream{};
    impl_->session->scan_table(ToRust(std::move(table)), std::move(outgoing), &stream);
    return RecordBatchStream::Import(&stream);
  });
}

std::string SessionContext::Setting(std::string_view name) const {
  return Call([&] { return std::string(impl_->session->setting(datafusion::ToRust(name))); });
}

std::pair<std::vector<std::string>, std::string> SessionContext::SplitStatements(
    std::string_view script) {
  std::vector<std::string> parts =
      Call([&] { return FromRust(bridge::split_statements(datafusion::ToRust(script))); });
  std::string rest = std::move(parts.back());
  parts.pop_back();
  return {std::move(parts), std::move(rest)};
}

}  // namespace deltaic::datafusion
