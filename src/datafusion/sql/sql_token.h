#pragma once

// The tokens of SQL text, and exchanges of some of them that the parser reads. Plain values.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/error.h>
#include <deltaic/base/text_place.h>
#include <deltaic/datafusion/sql_error.h>

namespace deltaic::datafusion {

/// A word, a literal, a symbol, or what is between those.
struct SqlToken {
  enum class Kind {
    kWord,
    kQuotedWord,
    kSingleQuoted,
    kDoubleQuoted,
    kOtherText,  ///< A literal text in any other quotes.
    kNumber,
    kSpace,  ///< Blanks, line ends, comments.
    kSymbol,
  };

  Kind kind = Kind::kSymbol;
  std::string text;  ///< Without its quotes and what is escaped in them; empty for a space.
  size_t begin = 0;  ///< Its bytes in the text.
  size_t end = 0;
  TextPlace place;

  bool is_space() const { return kind == Kind::kSpace; }
  bool is_symbol(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  /// Whether it is that word, in any case and without quotes.
  bool is_word(std::string_view word) const;
  /// Whether it is a name or a literal text, in quotes of any kind.
  bool is_quoted() const;
};

/// A text with its tokens, as far as it has some: an unfinished literal or comment ends them.
struct SqlTokens {
  std::string_view sql;
  std::vector<SqlToken> tokens;
  std::string failure;  ///< Why there are no more of them; empty where these are all.
  TextPlace failure_place;

  bool is_complete() const { return failure.empty(); }

  /// The indices of the tokens that are no space.
  std::vector<size_t> significant() const;

  /// An error at that token, or at the end of the text where there is no such token.
  SqlError ErrorAt(size_t index, ErrorCode code, std::string reason) const;
};

/// What the parser reads in place of a token. Several of one token follow each other.
struct SqlEdit {
  enum class Kind {
    kTokens,  ///< The tokens of a text, which may have none.
    kName,    ///< A name, in double quotes.
    kText,    ///< A literal text, in single quotes.
  };

  size_t index = 0;
  Kind kind = Kind::kTokens;
  std::string text;
};

/// Takes a text apart in the dialect that sessions have at first.
SqlTokens Tokenize(std::string_view sql);

}  // namespace deltaic::datafusion
