#include "delta/session/statements/insert_statement.h"

#include "delta/session/statements/statement_cursor.h"

namespace deltaic::delta {
namespace {

// The predicate ends where a query begins, outside of parentheses.
std::string ReadPredicate(StatementCursor& cursor) {
  const size_t begin = cursor.position();
  for (int depth = 0; !cursor.at_end(); cursor.Skip()) {
    const bool begins_query =
        depth == 0 && cursor.IsWord(cursor.position(), {"SELECT", "VALUES", "WITH", "TABLE"});
    if (begins_query) break;
    if (cursor.token().is_symbol("(")) ++depth;
    if (cursor.token().is_symbol(")")) --depth;
  }
  if (cursor.position() == begin) throw cursor.Expected("a predicate");
  return std::string(cursor.Text(begin, cursor.position()));
}

}  // namespace

std::optional<InsertStatement> ReadInsert(const datafusion::SqlTokens& statement, bool normalizes) {
  StatementCursor cursor(statement, normalizes);
  InsertStatement read;
  if (cursor.TakeWords({"INSERT", "OVERWRITE"})) {
    read.overwrites = true;
  } else if (!cursor.TakeWords({"INSERT", "INTO"})) {
    return std::nullopt;
  }
  cursor.TakeWords({"TABLE"});
  if (cursor.at_end()) return std::nullopt;
  read.table = cursor.NeedTableName();
  read.by_name = cursor.TakeWords({"BY", "NAME"});
  if (!read.overwrites && cursor.TakeWords({"REPLACE", "WHERE"})) {
    read.predicate = ReadPredicate(cursor);
  }
  if (!read.by_name && !read.predicate) return std::nullopt;
  read.query = std::string(cursor.Text(cursor.position(), cursor.size()));
  if (read.query.empty()) throw cursor.Expected("a query");
  return read;
}

}  // namespace deltaic::delta
