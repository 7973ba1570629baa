#pragma once

// What the bridge calls in C++: the inversions of the layers. Included by the code that cxx
// generates from bridge/src/ffi.rs.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/redaction.h>
#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/datafusion/catalog_provider.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_factory.h>
#include <deltaic/datafusion/table_function.h>
#include <deltaic/datafusion/table_provider.h>

#include "base/count_work.h"
#include "base/error_text.h"
#include "base/secret_option.h"
#include "base/secret_url.h"
#include "rust/cxx.h"

// How exceptions of C++ callbacks reach Rust: as text with the error's code.
namespace rust::behavior {

template <typename Try, typename Fail>
static void trycatch(Try&& run, Fail&& fail) noexcept try {
  run();
} catch (const deltaic::Error& error) {
  fail(deltaic::EncodeError(error).c_str());
} catch (const std::bad_alloc&) {
  fail("[resources_exhausted] Memory is exhausted.");
} catch (const std::exception& error) {
  fail(error.what());
} catch (...) {
  fail("[internal] An unknown exception was thrown.");
}

}  // namespace rust::behavior

namespace deltaic::bridge {

using ::ArrowArray;
using ::ArrowArrayStream;
using ::ArrowSchema;

struct BatchReceiver;
struct Expression;
struct ScanRequest;
struct FileScanBuilder;
struct TableDescription;
struct VersionedName;
struct ExternalTable;
struct FunctionArgument;
struct FunctionCall;
struct FunctionResult;
struct Frame;
struct StopFlag;
struct RowCondition;

/// A table that the engine asks for its files; safe to call from any thread.
class TableCallback {
 public:
  explicit TableCallback(std::shared_ptr<const datafusion::TableProvider> table)
      : table_(std::move(table)) {}
  /// Null for null.
  static std::shared_ptr<TableCallback> Wrap(
      std::shared_ptr<const datafusion::TableProvider> table);
  const std::shared_ptr<const datafusion::TableProvider>& table() const { return table_; }

  void export_schema(ArrowSchema* out) const;
  TableDescription describe() const;
  bool decides(const Expression& filter) const;
  void statistics(BatchReceiver& statistics) const;
  void scan(const ScanRequest& request, FileScanBuilder& scan) const;
  int64_t insert(rust::Box<Frame> rows, bool overwrites, const StopFlag& stop) const;
  std::shared_ptr<TableCallback> with_identity() const;
  int64_t remove(rust::Box<Frame> identities, const RowCondition& condition,
                 const StopFlag& stop) const;
  size_t identity() const noexcept;
  std::shared_ptr<TableCallback> current() const;
  std::shared_ptr<TableCallback> at_version(bool is_time, int64_t value) const;

 private:
  std::shared_ptr<const datafusion::TableProvider> table_;
};

/// Describes the files of a scan when the engine needs them; safe to call from any thread.
class FileLister {
 public:
  explicit FileLister(std::function<RecordBatch()> describe) : describe_(std::move(describe)) {}
  void list(BatchReceiver& files) const;

 private:
  std::function<RecordBatch()> describe_;
};

/// Tells which rows of a file the engine skips; safe to call from any thread.
class RowSkipper {
 public:
  RowSkipper(std::shared_ptr<const datafusion::RowSkipper> skipper,
             std::vector<datafusion::ObjectStore> stores)
      : skipper_(std::move(skipper)), stores_(std::move(stores)) {}
  void rows_to_skip(rust::Str descriptor, BatchReceiver& rows) const;

 private:
  std::shared_ptr<const datafusion::RowSkipper> skipper_;
  std::vector<datafusion::ObjectStore> stores_;
};

/// Names the files that the engine writes; safe to call from any thread.
class FileNamer {
 public:
  explicit FileNamer(std::function<std::string(const RecordBatch&)> name)
      : name_(std::move(name)) {}
  rust::String name_file(ArrowSchema* schema, ArrowArray* partition) const;

 private:
  std::function<std::string(const RecordBatch&)> name_;
};

/// A resolver that the engine asks for tables by name; safe to call from any thread.
class ResolverCallback {
 public:
  explicit ResolverCallback(std::shared_ptr<const datafusion::TableResolver> resolver)
      : resolver_(std::move(resolver)) {}
  std::shared_ptr<TableCallback> resolve(rust::Str name) const;
  VersionedName split_version(rust::Str name) const;

 private:
  std::shared_ptr<const datafusion::TableResolver> resolver_;
};

/// A catalog that the engine asks for names and tables; safe to call from any thread.
class CatalogCallback {
 public:
  explicit CatalogCallback(std::shared_ptr<const datafusion::CatalogProvider> catalog)
      : catalog_(std::move(catalog)) {}
  rust::Vec<rust::String> schema_names() const;
  rust::Vec<rust::String> table_names(rust::Str schema) const;
  std::shared_ptr<TableCallback> find_table(rust::Str schema, rust::Str name) const;

 private:
  std::shared_ptr<const datafusion::CatalogProvider> catalog_;
};

/// A factory that the engine asks for external tables; safe to call from any thread.
class FactoryCallback {
 public:
  explicit FactoryCallback(std::shared_ptr<const datafusion::TableFactory> factory)
      : factory_(std::move(factory)) {}
  std::shared_ptr<TableCallback> create(const ExternalTable& table, ArrowSchema* columns) const;

 private:
  std::shared_ptr<const datafusion::TableFactory> factory_;
};

/// A table function; safe to call from any thread.
class FunctionCallback {
 public:
  FunctionCallback(std::string name, std::shared_ptr<const datafusion::TableFunction> function)
      : name_(std::move(name)), function_(std::move(function)) {}
  FunctionResult call(const rust::Vec<FunctionArgument>& arguments, const FunctionCall& call) const;

 private:
  std::string name_;
  std::shared_ptr<const datafusion::TableFunction> function_;
};

/// Rows that the engine reads; safe to call from any thread.
class RowsCallback {
 public:
  explicit RowsCallback(std::shared_ptr<const datafusion::RowSource> rows)
      : rows_(std::move(rows)) {}
  void export_schema(ArrowSchema* out) const;
  void open(ArrowArrayStream* out) const;

 private:
  std::shared_ptr<const datafusion::RowSource> rows_;
};

inline bool cancel_requested() { return CancelRequested(); }

inline void count_work(int64_t rows, int64_t bytes, int64_t files) noexcept {
  CountWork({.rows = rows, .bytes = bytes, .files = files});
}

// Credentials in texts. What comes from Rust is UTF-8, and stays so but for odd secrets.
inline std::string_view View(rust::Str text) { return {text.data(), text.size()}; }
inline rust::String redact(rust::Str text) {
  return rust::String::lossy(Redact(std::string(View(text))));
}
inline rust::String redact_url(rust::Str url) { return rust::String::lossy(RedactUrl(View(url))); }
inline bool is_secret_key(rust::Str key) { return IsSecretKey(View(key)); }
inline void remember_option(rust::Str key, rust::Str value) {
  RememberOption(View(key), View(value));
}
inline void remember_url(rust::Str url) { RememberUrl(View(url)); }

}  // namespace deltaic::bridge
