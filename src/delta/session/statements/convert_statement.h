#pragma once

// `CONVERT TO DELTA parquet.`path` [NO STATISTICS] [PARTITIONED BY (column type, …)]`, as Spark
// writes it. Pure functions.

#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

struct ConvertStatement {
  std::string location;  ///< A path or URL.
  bool collects_statistics = true;
  std::vector<StructField> partition_columns = {};
};

/// Reads the statement; nothing for any other. Throws `SqlError` where it goes on otherwise, and
/// for another format than Parquet.
std::optional<ConvertStatement> ReadConvert(const datafusion::SqlTokens& statement,
                                            bool normalizes);

}  // namespace deltaic::delta
