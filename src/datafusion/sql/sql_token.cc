#include "datafusion/sql/sql_token.h"

#include <utility>

#include "base/text/ascii.h"
#include "datafusion/bridge_call.h"
#include "datafusion/sql/sql_token_impl.h"
#include "datafusion/sql/statement_secrets.h"

namespace deltaic::datafusion {
namespace {

SqlToken::Kind KindOf(bridge::SqlTokenKind kind) {
  switch (kind) {
    case bridge::SqlTokenKind::Word:
      return SqlToken::Kind::kWord;
    case bridge::SqlTokenKind::QuotedWord:
      return SqlToken::Kind::kQuotedWord;
    case bridge::SqlTokenKind::SingleQuoted:
      return SqlToken::Kind::kSingleQuoted;
    case bridge::SqlTokenKind::DoubleQuoted:
      return SqlToken::Kind::kDoubleQuoted;
    case bridge::SqlTokenKind::OtherText:
      return SqlToken::Kind::kOtherText;
    case bridge::SqlTokenKind::Number:
      return SqlToken::Kind::kNumber;
    case bridge::SqlTokenKind::Space:
      return SqlToken::Kind::kSpace;
    default:
      return SqlToken::Kind::kSymbol;
  }
}

bridge::SqlEditKind ToRust(SqlEdit::Kind kind) {
  switch (kind) {
    case SqlEdit::Kind::kName:
      return bridge::SqlEditKind::Name;
    case SqlEdit::Kind::kText:
      return bridge::SqlEditKind::Text;
    default:
      return bridge::SqlEditKind::Tokens;
  }
}

// The place after the last token.
TextPlace EndOf(const SqlTokens& statement) {
  const std::vector<size_t> significant = statement.significant();
  if (significant.empty()) return {};
  const SqlToken& last = statement.tokens[significant.back()];
  TextPlace end = last.place;
  for (const char c : statement.sql.substr(last.begin, last.end - last.begin)) {
    if (c == '\n') {
      end = {.line = end.line + 1, .column = 1};
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++end.column;
    }
  }
  return end;
}

}  // namespace

bool SqlToken::is_word(std::string_view word) const {
  return kind == Kind::kWord && EqualsIgnoringCase(text, word);
}

bool SqlToken::is_quoted() const {
  return kind == Kind::kQuotedWord || kind == Kind::kSingleQuoted || kind == Kind::kDoubleQuoted;
}

std::vector<size_t> SqlTokens::significant() const {
  std::vector<size_t> indices;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].is_space()) indices.push_back(i);
  }
  return indices;
}

SqlError SqlTokens::ErrorAt(size_t index, ErrorCode code, std::string reason) const {
  const TextPlace place = index < tokens.size() ? tokens[index].place : EndOf(*this);
  return {code, std::move(reason), place, ShownSql(*this)};
}

SqlTokens FromRust(std::string_view sql, const bridge::SqlTokens& found) {
  SqlTokens result{.sql = sql,
                   .tokens = {},
                   .failure = std::string(found.failure),
                   .failure_place = FromRust(found.failure_place)};
  result.tokens.reserve(found.tokens.size());
  for (const bridge::SqlToken& token : found.tokens) {
    result.tokens.push_back({.kind = KindOf(token.kind),
                             .text = std::string(token.text),
                             .begin = token.begin,
                             .end = token.end,
                             .place = FromRust(token.place)});
  }
  return result;
}

TextPlace FromRust(const bridge::SqlPlace& place) {
  return {.line = place.line, .column = place.column};
}

rust::Vec<bridge::SqlEdit> ToRust(const std::vector<SqlEdit>& edits) {
  rust::Vec<bridge::SqlEdit> result;
  for (const SqlEdit& edit : edits) {
    result.push_back({edit.index, ToRust(edit.kind), rust::String(edit.text)});
  }
  return result;
}

SqlTokens Tokenize(std::string_view sql) {
  return Call([&] { return FromRust(sql, bridge::tokenize(ToRust(sql))); });
}

}  // namespace deltaic::datafusion
