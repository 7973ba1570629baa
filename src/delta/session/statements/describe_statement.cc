#include "delta/session/statements/describe_statement.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"
#include "delta/session/statements/table_versions.h"

namespace deltaic::delta {
namespace {

using datafusion::SqlEdit;
using datafusion::SqlError;
using datafusion::SqlToken;
using datafusion::SqlTokens;
using Kind = SqlToken::Kind;

/// Reads one statement token by token, and writes what the parser reads in place of each.
class DescribeReader {
 public:
  DescribeReader(const SqlTokens& statement, bool normalizes)
      : statement_(statement), normalizes_(normalizes), significant_(statement.significant()) {
    while (!significant_.empty() && statement.tokens[significant_.back()].is_symbol(";")) {
      significant_.pop_back();
    }
  }

  /// The function of the statement; null for a statement that is none of ours. `DESCRIBE history`
  /// is about a table of that name.
  const char* function() const {
    if (significant_.size() < 3 || !IsWord(0, {"DESCRIBE", "DESC"})) return nullptr;
    if (statement_.tokens[significant_[2]].is_symbol(".")) return nullptr;
    if (IsWord(1, {"HISTORY"})) return kDescribeHistory;
    return IsWord(1, {"DETAIL"}) ? kDescribeDetail : nullptr;
  }

  std::vector<SqlEdit> Read() && {
    Write(0, SqlEdit::Kind::kTokens, "SELECT * FROM ");
    Write(1, SqlEdit::Kind::kName, function());
    Write(1, SqlEdit::Kind::kTokens, "(");
    ReadTable();
    if (IsWord(1, {"HISTORY"})) {
      ReadLimit();
    } else {
      ReadVersion();
    }
    Write(position_ - 1, SqlEdit::Kind::kTokens, ")");
    return std::move(edits_);
  }

 private:
  bool at_end() const { return position_ >= significant_.size(); }
  const SqlToken& token(size_t position) const { return statement_.tokens[significant_[position]]; }

  bool IsWord(size_t position, std::initializer_list<std::string_view> words) const {
    return position < significant_.size() &&
           std::ranges::any_of(words, [&](auto word) { return token(position).is_word(word); });
  }

  SqlError Expected(std::string_view what) const {
    const size_t index = at_end() ? statement_.tokens.size() : significant_[position_];
    const std::string_view found =
        at_end() ? "the end of the text"
                 : statement_.sql.substr(token(position_).begin,
                                         token(position_).end - token(position_).begin);
    return statement_.ErrorAt(index, ErrorCode::kInvalidSql,
                              fmt::format("Expected: {}, found: {}", what, found));
  }

  void Write(size_t position, SqlEdit::Kind kind, std::string text) {
    edits_.push_back({significant_[position], kind, std::move(text)});
  }

  // Keeps a token as it is, for what is written after it.
  void Keep(size_t position) {
    const SqlToken& kept = token(position);
    if (kept.is_quoted() && kept.kind != Kind::kQuotedWord) {
      Write(position, SqlEdit::Kind::kText, kept.text);
    } else {
      Write(position, SqlEdit::Kind::kTokens,
            std::string(statement_.sql.substr(kept.begin, kept.end - kept.begin)));
    }
  }

  // A part of a name as the engine reads names in texts.
  std::string Part(size_t position) const {
    const SqlToken& part = token(position);
    const std::string name =
        normalizes_ && part.kind == Kind::kWord ? ToLower(part.text) : part.text;
    const bool is_plain = std::ranges::all_of(
        name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '@'; });
    if (is_plain) return name;
    std::string quoted = "\"";
    for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
  }

  // Takes a name: words or quoted texts with periods between them, and perhaps a version.
  void ReadTable() {
    std::string name;
    const size_t first = position_;
    do {
      const bool is_name =
          !at_end() && (token(position_).is_quoted() || token(position_).kind == Kind::kWord);
      if (!is_name) throw Expected("the name or the path of a table");
      name += (name.empty() ? "" : ".") + PartWithSuffix();
    } while (TakePeriod());
    for (size_t position = first; position < position_; ++position) {
      Write(position, SqlEdit::Kind::kTokens, "");
    }
    Write(position_ - 1, SqlEdit::Kind::kText, std::move(name));
  }

  // A part, and the version directly after its quotes.
  std::string PartWithSuffix() {
    std::string part = Part(position_++);
    if (at_end() || significant_[position_] != significant_[position_ - 1] + 1) return part;
    const std::optional<std::string_view> suffix = NameSuffix(token(position_));
    if (!suffix || !token(position_ - 1).is_quoted()) return part;
    ++position_;
    if (part.ends_with('"')) return part.substr(0, part.size() - 1) + std::string(*suffix) + '"';
    return part + std::string(*suffix);
  }

  bool TakePeriod() {
    if (at_end() || !token(position_).is_symbol(".")) return false;
    ++position_;
    return true;
  }

  void ReadLimit() {
    if (at_end()) return;
    if (!IsWord(position_, {"LIMIT"})) throw Expected("LIMIT or the end of the statement");
    Write(position_++, SqlEdit::Kind::kTokens, ", limit =>");
    if (at_end() || token(position_).kind != Kind::kNumber) throw Expected("a number of commits");
    Keep(position_++);
    if (!at_end()) throw Expected("the end of the statement");
  }

  void ReadVersion() {
    if (at_end()) return;
    const std::optional<VersionClause> clause =
        FindVersionClause(statement_, significant_, position_);
    if (!clause) throw Expected("VERSION AS OF, TIMESTAMP AS OF or the end of the statement");
    Write(position_++, SqlEdit::Kind::kTokens, clause->is_time ? ", timestamp =>" : ", version =>");
    for (; position_ < clause->value; ++position_) Write(position_, SqlEdit::Kind::kTokens, "");
    if (at_end()) throw Expected(clause->is_time ? "a point in time" : "a version");
    const SqlToken& value = token(position_);
    const bool is_number = value.kind == Kind::kSingleQuoted && !clause->is_time &&
                           !value.text.empty() && std::ranges::all_of(value.text, IsDigit);
    if (is_number) Write(position_++, SqlEdit::Kind::kTokens, value.text);
    ReadExpression();
  }

  // Takes the rest of the statement, which is one expression for the parser to read.
  void ReadExpression() {
    int depth = 0;
    for (; !at_end(); ++position_) {
      const SqlToken& next = token(position_);
      if (next.is_symbol("(")) ++depth;
      if (next.is_symbol(")")) --depth;
      const bool ends = next.is_symbol(";") || (next.is_symbol(",") && depth == 0) || depth < 0;
      if (ends) throw Expected("the end of the statement");
      if (position_ + 1 == significant_.size()) Keep(position_);
    }
  }

  const SqlTokens& statement_;
  const bool normalizes_;
  std::vector<size_t> significant_;
  size_t position_ = 2;
  std::vector<SqlEdit> edits_;
};

}  // namespace

std::optional<std::vector<SqlEdit>> DescribeEdits(const SqlTokens& statement, bool normalizes) {
  DescribeReader reader(statement, normalizes);
  if (reader.function() == nullptr) return std::nullopt;
  return std::move(reader).Read();
}

}  // namespace deltaic::delta
