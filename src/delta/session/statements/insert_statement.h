#pragma once

// INSERT with clauses that the engine lacks: `INSERT INTO table BY NAME query`, `INSERT INTO table
// REPLACE WHERE predicate query`, as Spark writes them. Pure functions.

#include <optional>
#include <string>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

struct InsertStatement {
  std::string table;        ///< As the engine reads names in texts.
  bool overwrites = false;  ///< INSERT OVERWRITE.
  bool by_name = false;     ///< BY NAME; otherwise columns go by the order of the table.
  /// Of REPLACE WHERE: SQL over the table's columns.
  std::optional<std::string> predicate = {};
  std::string query;
};

/// Reads a statement with such a clause; nothing for any other. Throws `SqlError` where it goes on
/// otherwise.
std::optional<InsertStatement> ReadInsert(const datafusion::SqlTokens& statement, bool normalizes);

}  // namespace deltaic::delta
