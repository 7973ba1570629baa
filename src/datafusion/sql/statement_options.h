#pragma once

// The options of `CREATE EXTERNAL TABLE … OPTIONS (…)` and `COPY … OPTIONS (…)`. Pure functions.

#include <string>
#include <vector>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

/// The name of an option in a statement.
struct StatementOption {
  std::string key;
  size_t token = 0;  ///< The index of its first token.
};

/// The options of a statement, in their order; none of any other statement, and none of one that
/// the parser will refuse.
std::vector<StatementOption> OptionsOf(const SqlTokens& statement);

/// Refuses options that the engine would read over: one that is given twice for a table, of which
/// the planner, which writes keys in small letters, would keep one; and those of encryption, which
/// the engine is built without: it would write files that all can read. Throws `SqlError`.
void CheckOptions(const SqlTokens& statement);

}  // namespace deltaic::datafusion
