#include <deltaic/datafusion/script.h>

#include <optional>
#include <utility>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {
namespace {

std::string Trimmed(std::string_view text) {
  return std::string(text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1));
}

}  // namespace

Script SplitScript(std::string_view text) {
  const SqlTokens tokens = Tokenize(text);
  Script script;
  const SqlToken* first = nullptr;  // Of the statement that has been begun.
  size_t rest = 0;
  TextPlace rest_place;
  for (const SqlToken& token : tokens.tokens) {
    if (token.is_symbol(";")) {
      if (first != nullptr) {
        script.statements.push_back(
            {Trimmed(text.substr(first->begin, token.begin - first->begin)), first->place});
      }
      first = nullptr;
      rest = token.end;
      rest_place = {.line = token.place.line, .column = token.place.column + 1};
    } else if (!token.is_space() && first == nullptr) {
      first = &token;
    }
  }
  const bool is_blank = first == nullptr && tokens.is_complete();
  script.rest = {is_blank ? "" : std::string(text.substr(rest)), rest_place};
  return script;
}

}  // namespace deltaic::datafusion
