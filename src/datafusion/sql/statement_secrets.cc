#include "datafusion/sql/statement_secrets.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret_memory.h"
#include "base/secret_option.h"
#include "base/secret_url.h"
#include "base/text/ascii.h"

namespace deltaic::datafusion {
namespace {

using Kind = SqlToken::Kind;

constexpr char kMask = '*';

// Reads the names of options: words with periods between them, or a literal.
class KeyReader {
 public:
  // Whether the token is the literal after a secret key, which `key` is then.
  bool TakesValue(const SqlToken& token) {
    switch (token.kind) {
      case Kind::kSpace:
        return false;
      case Kind::kNumber:
        has_key_ = false;
        return false;
      case Kind::kSymbol:
        after_period_ = token.text == ".";
        if (!after_period_) name_.clear();
        if (token.text == ",") has_key_ = false;
        return false;
      case Kind::kWord:
      case Kind::kQuotedWord:
        TakeWord(token);
        return false;
      default:
        return TakeLiteral(token.text);
    }
  }

  const std::string& key() const { return key_; }

 private:
  void TakeWord(const SqlToken& token) {
    if (token.is_word("options")) in_options_ = true;
    name_ = after_period_ ? name_ + "." + token.text : token.text;
    after_period_ = false;
    if (in_options_ && IsSecretKey(name_)) StartKey(name_);
  }

  bool TakeLiteral(const std::string& text) {
    name_.clear();
    after_period_ = false;
    if (std::exchange(has_key_, false)) return true;
    if (in_options_ && IsSecretKey(text)) StartKey(text);
    return false;
  }

  void StartKey(const std::string& key) {
    key_ = key;
    has_key_ = true;
  }

  bool in_options_ = false;  // Whether the word OPTIONS has come.
  bool after_period_ = false;
  std::string name_;  // The words so far.
  std::string key_;
  bool has_key_ = false;  // Whether its value is to come.
};

// Hides a part of a text; the rest keeps its lines and columns.
class MaskedText {
 public:
  explicit MaskedText(std::string_view text) : text_(text), is_hidden_(text.size(), false) {}

  void Hide(size_t begin, size_t end) {
    end = std::min(end, text_.size());
    if (begin < end) std::fill(is_hidden_.begin() + begin, is_hidden_.begin() + end, true);
  }

  std::string Shown() const {
    std::string shown;
    for (size_t i = 0; i < text_.size(); ++i) {
      const bool is_continuation = (static_cast<unsigned char>(text_[i]) & 0xC0) == 0x80;
      if (!is_hidden_[i] || text_[i] == '\n') {
        shown += text_[i];
      } else if (!is_continuation) {
        shown += kMask;
      }
    }
    return shown;
  }

 private:
  std::string_view text_;
  std::vector<bool> is_hidden_;
};

bool IsSecretUrl(std::string_view text) { return RedactUrl(text) != text; }

// Hides all that follows the name of a secret option, wherever quotes begin and end there.
void HideOptions(std::string_view sql, MaskedText& text) {
  const size_t options = ToLower(sql).find("options");
  if (options == std::string_view::npos) return;
  text.Hide(options + EndOfSecretKey(sql.substr(options)), sql.size());
}

// Hides URLs that no quotes hold together, or the wrong ones.
void HideUrls(std::string_view sql, MaskedText& text) {
  constexpr std::string_view kScheme = "abcdefghijklmnopqrstuvwxyz0123456789+-.";
  for (size_t at = sql.find("://"); at != std::string_view::npos; at = sql.find("://", at + 3)) {
    const std::string before = ToLower(sql.substr(0, at));
    const size_t begin = before.find_last_not_of(kScheme) + 1;
    const size_t end = std::min(sql.find_first_of(" \t\r\n", at), sql.size());
    if (IsSecretUrl(sql.substr(begin, end - begin))) text.Hide(begin, end);
  }
}

}  // namespace

void RememberSecretsIn(const SqlTokens& statement) {
  KeyReader keys;
  for (const SqlToken& token : statement.tokens) {
    if (token.kind != Kind::kSymbol && token.kind != Kind::kNumber) RememberUrl(token.text);
    if (keys.TakesValue(token)) RememberOption(keys.key(), token.text);
  }
}

std::string ShownSql(const SqlTokens& statement) {
  std::string_view sql = statement.sql;
  if (!statement.is_complete()) {
    sql = sql.substr(0, statement.tokens.empty() ? 0 : statement.tokens.back().end);
  }
  MaskedText text(sql);
  for (const SqlToken& token : statement.tokens) {
    if (IsSecretUrl(token.text)) text.Hide(token.begin, token.end);
  }
  HideOptions(sql, text);
  HideUrls(sql, text);
  return MaskSecrets(text.Shown(), kMask);
}

}  // namespace deltaic::datafusion
