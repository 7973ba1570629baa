#include "delta/session/statements/create_table_statement.h"

#include <algorithm>
#include <utility>

#include "delta/session/statements/column_definitions.h"
#include "delta/session/statements/statement_cursor.h"

namespace deltaic::delta {
namespace {

class CreateTableReader {
 public:
  CreateTableReader(const datafusion::SqlTokens& statement, bool normalizes)
      : cursor_(statement, normalizes) {}

  CreateTableStatement Read() {
    cursor_.NeedWords({"CREATE"});
    read_.replaces = cursor_.TakeWords({"OR", "REPLACE"});
    cursor_.NeedWords({"TABLE"});
    read_.if_not_exists = cursor_.TakeWords({"IF", "NOT", "EXISTS"});
    if (read_.replaces && read_.if_not_exists)
      throw cursor_.Expected("OR REPLACE or IF NOT EXISTS");
    do {
      read_.name.push_back(cursor_.NeedName("the name or the path of a table"));
    } while (cursor_.TakeSymbol("."));
    if (cursor_.TakeSymbol("(")) ReadColumns();
    while (!cursor_.at_end() && !read_.query) ReadClause();
    if (columns_.empty() && !read_.query) throw cursor_.Expected("AS and a query, or columns");
    read_.table.schema = DataType::Struct(std::move(columns_));
    return std::move(read_);
  }

 private:
  void ReadColumns() {
    ColumnDefinitions definitions = ReadColumnDefinitions(cursor_);
    columns_ = std::move(definitions.columns);
    for (auto& [name, sql] : definitions.constraints) {
      read_.table.configuration["delta.constraints." + name] = std::move(sql);
    }
  }

  void ReadClause() {
    if (cursor_.TakeWords({"USING"})) {
      if (!cursor_.TakeWords({"DELTA"})) throw cursor_.Expected("DELTA");
    } else if (cursor_.TakeWords({"PARTITIONED", "BY"})) {
      ReadPartitionColumns();
    } else if (cursor_.TakeWords({"COMMENT"})) {
      read_.table.description = cursor_.NeedText("a comment in quotes");
    } else if (cursor_.TakeWords({"TBLPROPERTIES"})) {
      ReadProperties();
    } else if (cursor_.TakeWords({"LOCATION"})) {
      read_.location = cursor_.NeedText("a path or URL in quotes");
    } else if (cursor_.TakeWords({"AS"})) {
      read_.query = std::string(cursor_.Text(cursor_.position(), cursor_.size()));
      if (read_.query->empty()) throw cursor_.Expected("a query");
    } else {
      throw cursor_.Expected(
          "USING, PARTITIONED BY, COMMENT, TBLPROPERTIES, LOCATION, AS or the end of the "
          "statement");
    }
  }

  // Names of columns, or columns of which only the partitioning tells.
  void ReadPartitionColumns() {
    cursor_.NeedSymbol("(");
    do {
      StructField field{cursor_.NeedName("the name of a column"),
                        DataType::Primitive(TypeKind::kVoid)};
      read_.table.partition_columns.push_back(field.name);
      const bool has_type =
          !cursor_.IsSymbol(cursor_.position(), ",") && !cursor_.IsSymbol(cursor_.position(), ")");
      if (!has_type) continue;
      field.type = ReadType(cursor_, field);
      columns_.push_back(std::move(field));
    } while (cursor_.TakeSymbol(","));
    cursor_.NeedSymbol(")");
  }

  void ReadProperties() {
    cursor_.NeedSymbol("(");
    do {
      std::string name = cursor_.NeedName("the name of a property");
      while (cursor_.TakeSymbol(".")) name += "." + cursor_.NeedName("the name of a property");
      cursor_.NeedSymbol("=");
      if (cursor_.at_end()) throw cursor_.Expected("the value of a property");
      read_.table.configuration[std::move(name)] = cursor_.token().text;
      cursor_.Skip();
    } while (cursor_.TakeSymbol(","));
    cursor_.NeedSymbol(")");
  }

  StatementCursor cursor_;
  CreateTableStatement read_{.table = {.schema = DataType::Struct({})}};
  std::vector<StructField> columns_;
};

}  // namespace

bool IsCreateTable(const datafusion::SqlTokens& statement) {
  StatementCursor cursor(statement, false);
  if (!cursor.TakeWords({"CREATE"})) return false;
  cursor.TakeWords({"OR", "REPLACE"});
  if (!cursor.TakeWords({"TABLE"})) return false;
  int depth = 0;
  for (; !cursor.at_end(); cursor.Skip()) {
    if (cursor.token().is_symbol("(")) ++depth;
    if (cursor.token().is_symbol(")")) --depth;
    if (depth == 0 && cursor.token().is_word("AS")) return false;
    if (depth == 0 && cursor.token().is_word("USING")) return true;
  }
  return false;
}

CreateTableStatement ReadCreateTable(const datafusion::SqlTokens& statement, bool normalizes) {
  return CreateTableReader(statement, normalizes).Read();
}

}  // namespace deltaic::delta
