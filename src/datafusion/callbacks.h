#pragma once

// What the bridge calls in C++: the inversions of the layers. Included by the code that cxx
// generates from bridge/src/ffi.rs.

#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <deltaic/columnar/arrow_c_data.h>
#include <deltaic/datafusion/session_context.h>
#include <deltaic/datafusion/table_provider.h>

#include "base/error_text.h"
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

/// A table that the engine asks for its files; safe to call from any thread.
class TableCallback {
 public:
  explicit TableCallback(std::shared_ptr<const datafusion::TableProvider> table)
      : table_(std::move(table)) {}
  void export_schema(ArrowSchema* out) const;
  void describe(TableDescription& table) const;
  bool decides(const Expression& filter) const;
  void statistics(BatchReceiver& statistics) const;
  void scan(const ScanRequest& request, FileScanBuilder& scan) const;

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

/// A resolver that the engine asks for tables by name; safe to call from any thread.
class ResolverCallback {
 public:
  explicit ResolverCallback(std::shared_ptr<const datafusion::TableResolver> resolver)
      : resolver_(std::move(resolver)) {}
  std::shared_ptr<TableCallback> resolve(rust::Str name) const;

 private:
  std::shared_ptr<const datafusion::TableResolver> resolver_;
};

inline bool cancel_requested() { return CancelRequested(); }

}  // namespace deltaic::bridge
