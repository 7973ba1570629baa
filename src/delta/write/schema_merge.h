#pragma once

// The columns of rows beside those of the table that they are written to: which is which, and the
// schema of both together. Pure functions. Names of columns are told apart without regard to case
// (PROTOCOL.md, "Schema Serialization Format").

#include <optional>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The type with all that it nests nullable, at every depth.
DataType AllNullable(const DataType& type);

/// Throws `kInvalidArgument` naming the first column, at any depth, whose name another one beside
/// it has too, case apart, or that has a character that no schema of Arrow can carry.
void CheckColumnNames(const std::vector<StructField>& fields);

/// The column of `fields` that `name` means: the one of exactly that name, else the one whose name
/// differs by case only, else -1.
int FindField(const std::vector<StructField>& fields, const std::string& name);

/// The table's schema with the columns and fields of `rows` that it lacks at the end, nullable.
/// Where both have a column the table's type stays, but that a `void` one takes the type of the
/// rows. Throws as `CheckColumnNames`, and naming the column where one side has fields or elements
/// and the other none.
DataType MergeSchemas(const DataType& table, const std::vector<StructField>& rows);

/// For each column of `table` the name of the column of `rows` with its values; nothing where the
/// rows lack it. Throws `kSchemaMismatch` naming the column for one that the table does not have,
/// and as `CheckColumnNames`.
std::vector<std::optional<std::string>> MatchColumns(const std::vector<StructField>& table,
                                                     const std::vector<StructField>& rows);

/// Throws `kSchemaMismatch` naming the first field inside of a column of `table` that the rows,
/// which have the column, lack.
void CheckNestedFields(const std::vector<StructField>& table, const std::vector<StructField>& rows);

}  // namespace deltaic::delta
