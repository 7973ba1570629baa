#pragma once

// Reads a statement of ours token by token. One thread at a time.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

/// A place among the tokens of a statement that are no space, without the semicolon at the end.
/// `statement` must outlive it.
class StatementCursor {
 public:
  /// `normalizes` says that names without quotes are written in small letters.
  StatementCursor(const datafusion::SqlTokens& statement, bool normalizes);

  bool at_end() const { return position_ >= significant_.size(); }
  size_t position() const { return position_; }
  size_t size() const { return significant_.size(); }
  void Skip() { ++position_; }

  /// The tokens around; `position` counts from the first one of the statement, and is less than
  /// `size()`.
  const datafusion::SqlToken& token(size_t position) const;
  const datafusion::SqlToken& token() const { return token(position_); }
  /// Its index among all tokens.
  size_t index(size_t position) const { return significant_[position]; }
  const std::vector<size_t>& indices() const { return significant_; }

  /// Whether the token at `position` is one of these words; false at the end.
  bool IsWord(size_t position, std::initializer_list<std::string_view> words) const;
  bool IsSymbol(size_t position, std::string_view symbol) const;

  /// Takes words that follow each other, or none of them; returns whether it did.
  bool TakeWords(std::initializer_list<std::string_view> words);
  bool TakeSymbol(std::string_view symbol);

  /// Take what must come next, or throw `SqlError` saying that `what` was expected.
  void NeedWords(std::initializer_list<std::string_view> words);
  void NeedSymbol(std::string_view symbol);
  std::string NeedText(std::string_view what);  ///< In quotes of either kind.
  std::string NeedName(std::string_view what);  ///< A word or anything in quotes.

  /// A part of a table's name as the engine reads names in texts: in double quotes where it needs
  /// some.
  std::string NeedNamePart();
  /// A table's name of one part or several.
  std::string NeedTableName();

  /// The text of the statement from the token at `begin` to the one before `end`.
  std::string_view Text(size_t begin, size_t end) const;

  /// Takes tokens up to the parenthesis that closes the one before the cursor, and that too.
  /// Returns the text between both.
  std::string_view NeedParenthesized();

  /// What a word or a text in quotes means as a name.
  std::string NameAt(size_t position) const;

  /// An error at the cursor: `what` was expected.
  datafusion::SqlError Expected(std::string_view what) const;

 private:
  const datafusion::SqlTokens& statement_;
  const bool normalizes_;
  std::vector<size_t> significant_;
  size_t position_ = 0;
};

}  // namespace deltaic::delta
