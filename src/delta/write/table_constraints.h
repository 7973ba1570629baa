#pragma once

// What must be true of every row of a table, as checks of the engine (PROTOCOL.md, "Column
// Invariants", "CHECK Constraints", "Generated Columns", and lengths of texts as Spark keeps them).
// NOT NULL is the sink's own business. Pure functions.

#include <string>
#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/expression.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "datafusion/writing/file_sink.h"

namespace deltaic::delta {

/// A CHECK constraint or an invariant of a table.
struct TableConstraint {
  std::string name;  ///< How an error calls it: "CHECK constraint 'positive'".
  std::string sql;   ///< As the table has it, in Spark's SQL.
};

/// The constraints that the table's properties and the metadata of its columns, at every depth,
/// say. Throws `kCorruptLog` naming the column for an invariant that is malformed.
std::vector<TableConstraint> ConstraintsOf(const DataType& schema, const Metadata& metadata);

/// The checks of the table's constraints and lengths, over rows with the columns `columns`.
/// `verified` are the generated columns whose values the rows bring, which must be those of their
/// expressions.
///
/// Throws `kUnsupportedFeature` naming the constraint for SQL that we cannot evaluate, and for
/// lengths of texts within lists and maps.
std::vector<datafusion::RowCheck> ChecksOf(const DataType& schema, const Metadata& metadata,
                                           const Schema& columns,
                                           const std::vector<std::string>& verified);

/// The expression that `sql`, Spark's SQL of a table, is over rows with the columns `columns`.
/// Throws `kUnsupportedFeature` naming `what` where it cannot be evaluated.
datafusion::Expression ParseTableSql(const std::string& what, const std::string& sql,
                                     const Schema& columns);

/// A column's name as Spark's SQL quotes it.
std::string QuotedForSpark(const std::string& name);

}  // namespace deltaic::delta
