#pragma once

// `DESCRIBE HISTORY table [LIMIT n]` and `DESCRIBE DETAIL table [VERSION AS OF v | TIMESTAMP AS OF
// t]`, which the parser reads as a query of a table function. Pure functions.

#include <optional>
#include <vector>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

/// The table functions that the statements call; they take the arguments of delta_history and
/// delta_detail.
inline constexpr char kDescribeHistory[] = "DESCRIBE HISTORY";
inline constexpr char kDescribeDetail[] = "DESCRIBE DETAIL";

/// How the parser reads one of the statements; nothing for any other. `normalizes` says that names
/// without quotes are written in small letters. Throws `SqlError` where a statement that begins as
/// one of these goes on otherwise.
std::optional<std::vector<datafusion::SqlEdit>> DescribeEdits(
    const datafusion::SqlTokens& statement, bool normalizes);

}  // namespace deltaic::delta
