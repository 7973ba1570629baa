#include "delta/session/statements/describe_statement.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text/ascii.h"
#include "delta/session/statements/statement_cursor.h"
#include "delta/session/statements/table_versions.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlEdit;
using datafusion::SqlToken;
using datafusion::SqlTokens;
using Kind = SqlToken::Kind;

/// Reads one statement token by token, and writes what the parser reads in place of each.
class DescribeReader {
 public:
  DescribeReader(const SqlTokens& statement, bool normalizes)
      : statement_(statement), cursor_(statement, normalizes) {}

  /// The function of the statement; null for a statement that is none of ours. `DESCRIBE history`
  /// is about a table of that name.
  const char* function() const {
    if (cursor_.size() < 3 || !cursor_.IsWord(0, {"DESCRIBE", "DESC"})) return nullptr;
    if (cursor_.IsSymbol(2, ".")) return nullptr;
    if (cursor_.IsWord(1, {"HISTORY"})) return kDescribeHistory;
    return cursor_.IsWord(1, {"DETAIL"}) ? kDescribeDetail : nullptr;
  }

  std::vector<SqlEdit> Read() && {
    Write(0, SqlEdit::Kind::kTokens, "SELECT * FROM ");
    Write(1, SqlEdit::Kind::kName, function());
    Write(1, SqlEdit::Kind::kTokens, "(");
    cursor_.Skip();
    cursor_.Skip();
    ReadTable();
    if (cursor_.IsWord(1, {"HISTORY"})) {
      ReadLimit();
    } else {
      ReadVersion();
    }
    Write(cursor_.position() - 1, SqlEdit::Kind::kTokens, ")");
    return std::move(edits_);
  }

 private:
  void Write(size_t position, SqlEdit::Kind kind, std::string text) {
    edits_.push_back({cursor_.index(position), kind, std::move(text)});
  }

  // Keeps a token as it is, for what is written after it.
  void Keep(size_t position) {
    const SqlToken& kept = cursor_.token(position);
    if (kept.is_quoted() && kept.kind != Kind::kQuotedWord) {
      Write(position, SqlEdit::Kind::kText, kept.text);
    } else {
      Write(position, SqlEdit::Kind::kTokens,
            std::string(statement_.sql.substr(kept.begin, kept.end - kept.begin)));
    }
  }

  // Takes a name: words or quoted texts with periods between them, and perhaps a version.
  void ReadTable() {
    std::string name;
    const size_t first = cursor_.position();
    do {
      name += (name.empty() ? "" : ".") + PartWithSuffix();
    } while (cursor_.TakeSymbol("."));
    for (size_t position = first; position < cursor_.position(); ++position) {
      Write(position, SqlEdit::Kind::kTokens, "");
    }
    Write(cursor_.position() - 1, SqlEdit::Kind::kText, std::move(name));
  }

  // A part, and the version directly after its quotes.
  std::string PartWithSuffix() {
    const size_t position = cursor_.position();
    std::string part = cursor_.NeedNamePart();
    if (cursor_.at_end() || cursor_.index(position + 1) != cursor_.index(position) + 1) return part;
    const std::optional<std::string_view> suffix = NameSuffix(cursor_.token());
    if (!suffix || !cursor_.token(position).is_quoted()) return part;
    cursor_.Skip();
    if (part.ends_with('"')) return part.substr(0, part.size() - 1) + std::string(*suffix) + '"';
    return part + std::string(*suffix);
  }

  // Writes a text before the next token, which goes.
  void Exchange(std::string text) {
    Write(cursor_.position(), SqlEdit::Kind::kTokens, std::move(text));
    cursor_.Skip();
  }

  void ReadLimit() {
    if (cursor_.at_end()) return;
    const size_t limit = cursor_.position();
    if (!cursor_.IsWord(limit, {"LIMIT"})) {
      throw cursor_.Expected("LIMIT or the end of the statement");
    }
    Exchange(", limit =>");
    if (cursor_.at_end() || cursor_.token().kind != Kind::kNumber) {
      throw cursor_.Expected("a number of commits");
    }
    Keep(cursor_.position());
    cursor_.Skip();
    if (!cursor_.at_end()) throw cursor_.Expected("the end of the statement");
  }

  void ReadVersion() {
    if (cursor_.at_end()) return;
    const std::vector<size_t>& significant = cursor_.indices();
    const std::optional<VersionClause> clause =
        FindVersionClause(statement_, significant, cursor_.position());
    if (!clause)
      throw cursor_.Expected("VERSION AS OF, TIMESTAMP AS OF or the end of the statement");
    Exchange(clause->is_time ? ", timestamp =>" : ", version =>");
    while (cursor_.position() < clause->value) Exchange("");
    if (cursor_.at_end()) throw cursor_.Expected(clause->is_time ? "a point in time" : "a version");
    const SqlToken& value = cursor_.token();
    const bool is_number = value.kind == Kind::kSingleQuoted && !clause->is_time &&
                           !value.text.empty() && std::ranges::all_of(value.text, IsDigit);
    if (is_number) Exchange(value.text);
    ReadExpression();
  }

  // Takes the rest of the statement, which is one expression for the parser to read.
  void ReadExpression() {
    int depth = 0;
    for (; !cursor_.at_end(); cursor_.Skip()) {
      const SqlToken& next = cursor_.token();
      if (next.is_symbol("(")) ++depth;
      if (next.is_symbol(")")) --depth;
      const bool ends = next.is_symbol(";") || (next.is_symbol(",") && depth == 0) || depth < 0;
      if (ends) throw cursor_.Expected("the end of the statement");
      if (cursor_.position() + 1 == cursor_.size()) Keep(cursor_.position());
    }
  }

  const SqlTokens& statement_;
  StatementCursor cursor_;
  std::vector<SqlEdit> edits_;
};

}  // namespace

std::optional<std::vector<SqlEdit>> DescribeEdits(const SqlTokens& statement, bool normalizes) {
  DescribeReader reader(statement, normalizes);
  if (reader.function() == nullptr) return std::nullopt;
  return std::move(reader).Read();
}

}  // namespace deltaic::delta
