#include "delta/session/statements/convert_statement.h"

#include <utility>

#include "delta/session/statements/column_definitions.h"
#include "delta/session/statements/statement_cursor.h"

namespace deltaic::delta {
namespace {

std::string ReadLocation(StatementCursor& cursor) {
  constexpr std::string_view kPlace = "parquet. and a path in quotes";
  if (cursor.at_end()) throw cursor.Expected(kPlace);
  if (cursor.token().is_quoted()) return cursor.NeedText(kPlace);
  if (!cursor.TakeWords({"PARQUET"})) throw cursor.Expected(kPlace);
  cursor.NeedSymbol(".");
  return cursor.NeedText("a path in quotes");
}

std::vector<StructField> ReadPartitionColumns(StatementCursor& cursor) {
  std::vector<StructField> columns;
  cursor.NeedSymbol("(");
  do {
    StructField field{cursor.NeedName("the name of a column"),
                      DataType::Primitive(TypeKind::kString)};
    field.type = ReadType(cursor, field);
    columns.push_back(std::move(field));
  } while (cursor.TakeSymbol(","));
  cursor.NeedSymbol(")");
  return columns;
}

}  // namespace

std::optional<ConvertStatement> ReadConvert(const datafusion::SqlTokens& statement,
                                            bool normalizes) {
  StatementCursor cursor(statement, normalizes);
  if (!cursor.TakeWords({"CONVERT", "TO", "DELTA"})) return std::nullopt;
  ConvertStatement read{.location = ReadLocation(cursor)};
  read.collects_statistics = !cursor.TakeWords({"NO", "STATISTICS"});
  if (cursor.TakeWords({"PARTITIONED", "BY"})) {
    read.partition_columns = ReadPartitionColumns(cursor);
  }
  if (!cursor.at_end()) {
    throw cursor.Expected("NO STATISTICS, PARTITIONED BY or the end of the statement");
  }
  return read;
}

}  // namespace deltaic::delta
