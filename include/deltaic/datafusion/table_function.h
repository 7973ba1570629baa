#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch_stream.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/table_provider.h>

namespace deltaic::datafusion {

/// The value of a constant argument.
struct FunctionArgument {
  enum class Kind { kNull, kBoolean, kInteger, kNumber, kText, kTime, kOther };

  std::string name;  ///< In small letters; empty for an argument without a name.
  Kind kind = Kind::kNull;
  std::string text;      ///< Any kind.
  bool boolean = false;  ///< `kBoolean`.
  int64_t integer = 0;   ///< `kInteger`.
  /// Microseconds since the Unix epoch: `kTime`, and `kText` that is a point in time. Throws
  /// `kInvalidSql` for others.
  std::function<int64_t()> timestamp_us;
};

/// A call of a table function, valid while it lasts.
struct TableFunctionCall {
  std::string function;
  std::vector<FunctionArgument> arguments;
  /// The table that SQL knows by that name ("t", "schema.t"), as the statement sees it; null where
  /// there is none or it is not one of C++.
  std::function<std::shared_ptr<const TableProvider>(const std::string&)> find_table;
  /// Whether that name says a version besides ("t@v3"), at which `find_table` finds the table.
  std::function<bool(const std::string&)> names_version;
};

/// Rows that are made when a query reads them. Implementations must be safe to call from any thread
/// and may block.
class DELTAIC_EXPORT RowSource {
 public:
  virtual ~RowSource();
  virtual const Schema& schema() const = 0;
  /// Starts anew. All batches have `schema()`.
  virtual RecordBatchStream Open() const = 0;
};

/// A function in FROM. Implementations must be safe to call from any thread and may block.
class DELTAIC_EXPORT TableFunction {
 public:
  using Result =
      std::variant<std::shared_ptr<const TableProvider>, std::shared_ptr<const RowSource>>;

  virtual ~TableFunction();

  /// Answers a call while a query is planned. Must refuse arguments that it does not know, with
  /// `kInvalidSql`.
  virtual Result Call(const TableFunctionCall& call) const = 0;
};

}  // namespace deltaic::datafusion
