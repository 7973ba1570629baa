#include "datafusion/sql/statement_options.h"

#include <set>
#include <string_view>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"

namespace deltaic::datafusion {
namespace {

/// Reads the tokens of a statement that are no space, one after the other.
class Cursor {
 public:
  explicit Cursor(const SqlTokens& statement)
      : statement_(statement), indices_(statement.significant()) {}

  bool at_end() const { return position_ >= indices_.size(); }
  size_t index() const { return at_end() ? statement_.tokens.size() : indices_[position_]; }
  const SqlToken& token() const {
    static const SqlToken kNone;
    return at_end() ? kNone : statement_.tokens[index()];
  }
  void Step() { ++position_; }

  bool TakeWord(std::string_view word) { return Take(token().is_word(word)); }
  bool TakeSymbol(std::string_view symbol) { return Take(token().is_symbol(symbol)); }

 private:
  bool Take(bool there) {
    if (there) Step();
    return there;
  }

  const SqlTokens& statement_;
  std::vector<size_t> indices_;
  size_t position_ = 0;
};

void SkipExplain(Cursor& cursor) {
  if (!cursor.TakeWord("EXPLAIN")) return;
  while (!cursor.at_end() && !cursor.token().is_word("COPY") && !cursor.token().is_word("CREATE")) {
    cursor.Step();
  }
}

bool IsExternalTable(Cursor cursor) {
  if (!cursor.TakeWord("CREATE")) return false;
  if (cursor.TakeWord("OR")) cursor.TakeWord("REPLACE");
  cursor.TakeWord("UNBOUNDED");
  return cursor.TakeWord("EXTERNAL");
}

// Moves after the parenthesis of the list; false where there is no list.
bool FindList(Cursor& cursor) {
  int depth = 0;
  bool is_name = false;  // Whether a name comes: that of the table.
  while (!cursor.at_end()) {
    const SqlToken& token = cursor.token();
    const bool is_options = depth == 0 && !is_name && token.is_word("OPTIONS");
    is_name = token.is_word("TABLE") || token.is_word("EXISTS") || token.is_symbol(".");
    if (token.is_symbol("(")) ++depth;
    if (token.is_symbol(")")) --depth;
    cursor.Step();
    if (is_options && cursor.TakeSymbol("(")) return true;
  }
  return false;
}

// Words with periods between them, or a literal.
std::string TakeKey(Cursor& cursor) {
  std::string key = cursor.token().text;
  const bool is_word = cursor.token().kind == SqlToken::Kind::kWord ||
                       cursor.token().kind == SqlToken::Kind::kQuotedWord;
  cursor.Step();
  while (is_word && cursor.TakeSymbol(".")) {
    key += "." + cursor.token().text;
    cursor.Step();
  }
  return key;
}

// The name of an option of a table, as the planner sees it.
std::string NameOf(const std::string& key) {
  constexpr std::string_view kFormat = "format.";
  std::string name = ToLower(key);
  if (name.starts_with(kFormat)) name.erase(0, kFormat.size());
  return name;
}

void RefuseEncryption(const SqlTokens& statement, const StatementOption& option) {
  if (ToLower(option.key).find("crypto.") == std::string::npos) return;
  throw statement.ErrorAt(option.token, ErrorCode::kNotImplemented,
                          fmt::format("Files are neither encrypted nor decrypted: {}", option.key));
}

}  // namespace

std::vector<StatementOption> OptionsOf(const SqlTokens& statement) {
  Cursor cursor(statement);
  SkipExplain(cursor);
  if (!cursor.token().is_word("COPY") && !IsExternalTable(cursor)) return {};
  if (!FindList(cursor)) return {};
  std::vector<StatementOption> options;
  while (!cursor.at_end() && !cursor.token().is_symbol(")")) {
    const size_t token = cursor.index();
    options.push_back({TakeKey(cursor), token});
    cursor.Step();  // The value, which is one token.
    if (!cursor.TakeSymbol(",")) break;
  }
  return options;
}

void CheckOptions(const SqlTokens& statement) {
  Cursor start(statement);
  const bool is_table = IsExternalTable(start);
  std::set<std::string> names;
  for (const StatementOption& option : OptionsOf(statement)) {
    if (is_table && !names.insert(NameOf(option.key)).second) {
      throw statement.ErrorAt(option.token, ErrorCode::kInvalidArgument,
                              fmt::format("An option is given twice: {}", option.key));
    }
    RefuseEncryption(statement, option);
  }
}

}  // namespace deltaic::datafusion
