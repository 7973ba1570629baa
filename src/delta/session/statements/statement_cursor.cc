#include "delta/session/statements/statement_cursor.h"

#include <algorithm>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text/ascii.h"
#include "delta/protocol/sql_literal.h"

namespace deltaic::delta {

using datafusion::SqlError;
using datafusion::SqlToken;
using Kind = SqlToken::Kind;

StatementCursor::StatementCursor(const datafusion::SqlTokens& statement, bool normalizes)
    : statement_(statement), normalizes_(normalizes), significant_(statement.significant()) {
  while (!significant_.empty() && statement.tokens[significant_.back()].is_symbol(";")) {
    significant_.pop_back();
  }
}

const SqlToken& StatementCursor::token(size_t position) const {
  return statement_.tokens[significant_[position]];
}

bool StatementCursor::IsWord(size_t position, std::initializer_list<std::string_view> words) const {
  return position < size() &&
         std::ranges::any_of(words, [&](auto word) { return token(position).is_word(word); });
}

bool StatementCursor::IsSymbol(size_t position, std::string_view symbol) const {
  return position < size() && token(position).is_symbol(symbol);
}

bool StatementCursor::TakeWords(std::initializer_list<std::string_view> words) {
  size_t position = position_;
  for (const std::string_view word : words) {
    if (!IsWord(position++, {word})) return false;
  }
  position_ = position;
  return true;
}

bool StatementCursor::TakeSymbol(std::string_view symbol) {
  if (!IsSymbol(position_, symbol)) return false;
  ++position_;
  return true;
}

void StatementCursor::NeedWords(std::initializer_list<std::string_view> words) {
  if (!TakeWords(words)) throw Expected(fmt::format("{}", fmt::join(words, " ")));
}

void StatementCursor::NeedSymbol(std::string_view symbol) {
  if (!TakeSymbol(symbol)) throw Expected(symbol);
}

std::string StatementCursor::NeedText(std::string_view what) {
  if (at_end() || !token().is_quoted()) throw Expected(what);
  return token(position_++).text;
}

std::string StatementCursor::NeedName(std::string_view what) {
  if (at_end() || !(token().is_quoted() || token().kind == Kind::kWord)) throw Expected(what);
  return NameAt(position_++);
}

std::string StatementCursor::NeedNamePart() {
  const std::string name = NeedName("the name or the path of a table");
  const bool is_plain = std::ranges::all_of(
      name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '@'; });
  return is_plain ? name : SqlIdentifier(name);
}

std::string StatementCursor::NeedTableName() {
  std::string name = NeedNamePart();
  while (TakeSymbol(".")) name += "." + NeedNamePart();
  return name;
}

std::string_view StatementCursor::Text(size_t begin, size_t end) const {
  if (begin >= end) return {};
  return statement_.sql.substr(token(begin).begin, token(end - 1).end - token(begin).begin);
}

std::string_view StatementCursor::NeedParenthesized() {
  const size_t begin = position_;
  for (int depth = 1; !at_end(); ++position_) {
    if (token().is_symbol("(")) ++depth;
    if (token().is_symbol(")") && --depth == 0) return Text(begin, position_++);
  }
  throw Expected(")");
}

std::string StatementCursor::NameAt(size_t position) const {
  const SqlToken& name = token(position);
  return normalizes_ && name.kind == Kind::kWord ? ToLower(name.text) : name.text;
}

SqlError StatementCursor::Expected(std::string_view what) const {
  const size_t index = at_end() ? statement_.tokens.size() : significant_[position_];
  const std::string_view found = at_end() ? "the end of the text" : Text(position_, position_ + 1);
  return statement_.ErrorAt(index, ErrorCode::kInvalidSql,
                            fmt::format("Expected: {}, found: {}", what, found));
}

}  // namespace deltaic::delta
