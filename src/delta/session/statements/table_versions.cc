#include "delta/session/statements/table_versions.h"

#include <algorithm>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlEdit;
using datafusion::SqlToken;
using datafusion::SqlTokens;
using Kind = SqlToken::Kind;

bool LooksLikeVersion(std::string_view suffix) {
  suffix.remove_prefix(std::min(suffix.find_first_not_of('@'), suffix.size()));
  if (suffix.starts_with('v') || suffix.starts_with('V')) suffix.remove_prefix(1);
  return !suffix.empty() && IsDigit(suffix.front());
}

// Makes one name of a quoted one and an `@…` directly after it, as the tokenizer does of one that
// is not quoted.
void JoinSuffixes(const SqlTokens& statement, std::vector<SqlEdit>& edits) {
  for (size_t i = 0; i < statement.tokens.size(); ++i) {
    const std::optional<std::string_view> suffix = NameSuffix(statement.tokens[i]);
    if (!suffix) continue;
    if (i > 0 && statement.tokens[i - 1].is_quoted()) {
      edits.push_back(
          {i - 1, SqlEdit::Kind::kName, statement.tokens[i - 1].text + std::string(*suffix)});
      edits.push_back({i, SqlEdit::Kind::kTokens, " "});
    } else if (LooksLikeVersion(*suffix)) {
      throw statement.ErrorAt(
          i, ErrorCode::kInvalidSql,
          fmt::format(
              "A version follows the name of a table directly, as name@v1 or name "
              "VERSION AS OF 1, and nowhere else; a name that looks like one needs quotes: {}",
              *suffix));
    }
  }
}

bool IsDigits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, IsDigit); }

// Adds the edits of a clause that begins at `position`.
void SpellAsTheParserDoes(const SqlTokens& statement, const std::vector<size_t>& significant,
                          size_t position, const VersionClause& clause,
                          std::vector<SqlEdit>& edits) {
  const size_t first = significant[position];
  const size_t second = significant[position + 1];
  if (statement.tokens[second].is_word("SYSTEM_TIME")) return;  // The parser knows it.
  if (statement.tokens[first].is_word("FOR")) {
    edits.push_back({first, SqlEdit::Kind::kTokens, " "});
    if (!clause.is_time) edits.push_back({second, SqlEdit::Kind::kTokens, "VERSION"});
  }
  if (clause.is_time || clause.value >= significant.size()) return;
  const SqlToken& value = statement.tokens[significant[clause.value]];
  if (value.kind == Kind::kSingleQuoted && IsDigits(value.text)) {
    edits.push_back({significant[clause.value], SqlEdit::Kind::kTokens, value.text});
  }
}

}  // namespace

std::optional<std::string_view> NameSuffix(const SqlToken& token) {
  if (token.kind != Kind::kWord || !token.text.starts_with('@')) return std::nullopt;
  return token.text;
}

std::optional<VersionClause> FindVersionClause(const SqlTokens& statement,
                                               const std::vector<size_t>& significant,
                                               size_t position) {
  const auto is_word = [&](size_t at, std::string_view word) {
    return at < significant.size() && statement.tokens[significant[at]].is_word(word);
  };
  const bool has_for = is_word(position, "FOR");
  const size_t kind = position + (has_for ? 1 : 0);
  const bool is_version = is_word(kind, "VERSION") || (has_for && is_word(kind, "SYSTEM_VERSION"));
  const bool is_time = is_word(kind, "TIMESTAMP") || (has_for && is_word(kind, "SYSTEM_TIME"));
  if (!is_version && !is_time) return std::nullopt;
  if (!is_word(kind + 1, "AS") || !is_word(kind + 2, "OF")) return std::nullopt;
  return VersionClause{.is_time = is_time, .value = kind + 3};
}

std::vector<SqlEdit> VersionEdits(const SqlTokens& statement) {
  std::vector<SqlEdit> edits;
  JoinSuffixes(statement, edits);
  const std::vector<size_t> significant = statement.significant();
  for (size_t position = 0; position < significant.size(); ++position) {
    const std::optional<VersionClause> clause = FindVersionClause(statement, significant, position);
    if (!clause) continue;
    SpellAsTheParserDoes(statement, significant, position, *clause, edits);
    position = clause->value - 1;
  }
  std::ranges::stable_sort(edits, {}, &SqlEdit::index);
  return edits;
}

}  // namespace deltaic::delta
