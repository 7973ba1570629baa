#pragma once

// `CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name [(columns)] USING DELTA [clauses] [AS query]`, as
// Spark writes it. Pure functions.

#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/operations/table_definition.h>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

struct CreateTableStatement {
  bool replaces = false;               ///< OR REPLACE.
  bool if_not_exists = false;          ///< IF NOT EXISTS.
  std::vector<std::string> name = {};  ///< Its parts.
  std::optional<std::string> location = {};
  /// Without columns where the query says which there are.
  TableDefinition table;
  std::optional<std::string> query = {};
};

/// Whether a statement is to be read by `ReadCreateTable`: a CREATE TABLE that has `USING`.
bool IsCreateTable(const datafusion::SqlTokens& statement);

/// Reads the statement. Throws `SqlError` where it goes on otherwise, and for another format than
/// DELTA.
CreateTableStatement ReadCreateTable(const datafusion::SqlTokens& statement, bool normalizes);

}  // namespace deltaic::delta
