#pragma once

// The columns in parentheses of CREATE TABLE, as Spark writes them. Pure functions.

#include <map>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

#include "delta/session/statements/statement_cursor.h"

namespace deltaic::delta {

/// Columns, and the CHECK constraints among them: name to SQL.
struct ColumnDefinitions {
  std::vector<StructField> columns;
  std::map<std::string, std::string> constraints;
};

/// Reads the definitions up to the parenthesis that closes them, which it takes too; the one that
/// opens them is before the cursor. Throws `SqlError`.
ColumnDefinitions ReadColumnDefinitions(StatementCursor& cursor);

/// Reads a type: "BIGINT", "DECIMAL(10, 2)", "ARRAY<STRUCT<a: INT NOT NULL>>". The length of a
/// VARCHAR or CHAR becomes metadata of `field`, the column. Throws `SqlError`.
DataType ReadType(StatementCursor& cursor, StructField& field);

}  // namespace deltaic::delta
