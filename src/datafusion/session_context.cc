#include <deltaic/datafusion/session_context.h>

#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <deltaic/base/error.h>
#include <deltaic/datafusion/sql_error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "datafusion/bridge_call.h"
#include "datafusion/collected_rows.h"
#include "datafusion/data_frame_impl.h"
#include "datafusion/engine_memory.h"
#include "datafusion/sql/sql_token_impl.h"
#include "datafusion/sql/statement_options.h"
#include "datafusion/sql/statement_reader.h"
#include "datafusion/sql/statement_secrets.h"
#include "datafusion/sql/syntax_depth.h"

namespace deltaic::datafusion {

struct SessionContext::Impl {
  Impl(rust::Box<bridge::Session> made, std::shared_ptr<const StatementReader> first)
      : session(std::move(made)), reader(std::move(first)) {}
  rust::Box<bridge::Session> session;
  std::shared_ptr<const StatementReader> reader;  // May be null.
};

namespace {

std::shared_ptr<bridge::TableCallback> ToRust(std::shared_ptr<const TableProvider> table) {
  return std::make_shared<bridge::TableCallback>(std::move(table));
}

// A stream as rows that are read once.
class SingleStream final : public RowSource {
 public:
  explicit SingleStream(RecordBatchStream stream)
      : schema_(stream.schema()), stream_(std::move(stream)) {
    CheckNames(*schema_.c_schema());
  }

  const Schema& schema() const override { return schema_; }

  RecordBatchStream Open() const override {
    const std::lock_guard lock(mutex_);
    if (!stream_) {
      throw Error(ErrorCode::kInvalidArgument, "The rows of a stream can be read once only.");
    }
    RecordBatchStream stream = *std::move(stream_);
    stream_.reset();
    return stream;
  }

 private:
  static void CheckNames(const ArrowSchema& schema) {
    std::unordered_set<std::string_view> names;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      const char* name = schema.children[i]->name;
      if (!names.insert(name == nullptr ? "" : name).second) {
        throw Error(ErrorCode::kInvalidArgument, fmt::format("Two columns have one name: {}",
                                                             Excerpt(name == nullptr ? "" : name)));
      }
    }
  }

  Schema schema_;
  mutable std::mutex mutex_;
  mutable std::optional<RecordBatchStream> stream_;  // Guarded by the mutex.
};

Options WithPlaces(Options settings) {
  settings.emplace("datafusion.sql_parser.collect_spans", "true");
  return settings;
}

}  // namespace

SessionContext::SessionContext(const Options& settings) : SessionContext(settings, nullptr) {}

SessionContext::SessionContext(const Options& settings,
                               std::shared_ptr<const StatementReader> reader)
    : impl_(Call([&] {
        HeedAddressLimit();
        return std::make_shared<const Impl>(
            bridge::new_session(datafusion::ToRust(WithPlaces(settings))), std::move(reader));
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

std::shared_ptr<const TableProvider> SessionContext::FindTable(std::string_view name) const {
  const auto found = Call([&] { return impl_->session->find_table(datafusion::ToRust(name)); });
  return found == nullptr ? nullptr : found->table();
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
  const SqlTokens statement =
      Call([&] { return FromRust(sql, impl_->session->tokenize(datafusion::ToRust(sql))); });
  RememberSecretsIn(statement);
  if (!statement.is_complete()) {
    throw SqlError(ErrorCode::kInvalidSql, statement.failure, statement.failure_place,
                   ShownSql(statement));
  }
  CheckSyntaxDepth(statement);
  CheckOptions(statement);
  std::vector<SqlEdit> edits;
  if (impl_->reader != nullptr) {
    if (std::optional<DataFrame> answer = impl_->reader->Run(*this, statement)) return *answer;
    edits = impl_->reader->Read(*this, statement);
  }
  bridge::SqlPlace place = {};
  try {
    auto frame = Call([&] {
      return impl_->session->sql(datafusion::ToRust(sql), datafusion::ToRust(edits), place);
    });
    const bool changes = Call([&] { return impl_->session->changes_table(*frame); });
    DataFrame query = MakeDataFrame(std::move(frame));
    if (!changes) return query;
    std::vector<RecordBatch> rows;
    try {
      rows = query.Collect();
    } catch (const Error&) {
      // A statement that was cancelled still removes its files.
      Call([&] { query.impl().frame->settle(); });
      throw;
    }
    return ReadRows(std::make_shared<CollectedRows>(query.schema(), std::move(rows)));
  } catch (const Error& error) {
    if (place.line == 0) throw;
    throw SqlError(error.code(), error.message(), FromRust(place), ShownSql(statement));
  }
}

DataFrame SessionContext::ReadTable(std::shared_ptr<const TableProvider> table) const {
  return Call([&] { return MakeDataFrame(impl_->session->read_table(ToRust(std::move(table)))); });
}

DataFrame SessionContext::ReadRows(std::shared_ptr<const RowSource> rows) const {
  return Call([&] {
    auto callback = std::make_shared<bridge::RowsCallback>(std::move(rows));
    return MakeDataFrame(impl_->session->read_rows(std::move(callback)));
  });
}

DataFrame SessionContext::ReadStream(RecordBatchStream stream) const {
  return ReadRows(std::make_shared<const SingleStream>(std::move(stream)));
}

RecordBatchStream SessionContext::ScanTable(std::shared_ptr<const TableProvider> table,
                                            const TableScan& scan) const {
  return Call([&] {
    bridge::TableScan outgoing;
    outgoing.all_columns = !scan.columns;
    if (scan.columns) outgoing.columns = datafusion::ToRust(*scan.columns);
    if (scan.predicate) {
      CheckSyntaxDepth(*scan.predicate);
      outgoing.predicates.push_back(rust::String(*scan.predicate));
    }
    ArrowArrayStream stream{};
    impl_->session->scan_table(ToRust(std::move(table)), std::move(outgoing), &stream);
    return RecordBatchStream::Import(&stream);
  });
}

std::string SessionContext::Setting(std::string_view name) const {
  return Call([&] { return std::string(impl_->session->setting(datafusion::ToRust(name))); });
}

}  // namespace deltaic::datafusion
