#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/table_provider.h>

namespace deltaic::datafusion {

/// What a `CREATE EXTERNAL TABLE` statement says.
struct ExternalTable {
  std::string name;
  std::vector<std::string> locations;
  /// DataFusion writes keys in small letters and puts "format." before those without a dot.
  Options options;
  /// The columns that are given; none where the statement leaves them to the table.
  Schema columns;
  std::vector<std::string> partition_columns;
  /// Names the clauses given that are none of the above (WITH ORDER, constraints, …); mostly empty.
  std::string other_clauses;
  /// Reads a point in time as the session would: microseconds since the Unix epoch. Throws
  /// `kInvalidSql`.
  std::function<int64_t(const std::string&)> parse_timestamp;
};

/// Makes tables for `CREATE EXTERNAL TABLE … STORED AS` a format. Implementations must be safe to
/// call from any thread and may block.
class DELTAIC_EXPORT TableFactory {
 public:
  virtual ~TableFactory();

  /// Makes the table, or throws; `table` is valid during the call.
  virtual std::shared_ptr<const TableProvider> Create(const ExternalTable& table) const = 0;
};

}  // namespace deltaic::datafusion
