#include "base/error_text.h"

namespace deltaic {

std::string EncodeError(const Error& error) {
  return "[" + std::string(ErrorCodeName(error.code())) + "] " + error.message();
}

Error DecodeError(std::string_view text, ErrorCode fallback) {
  for (size_t open = text.find('['); open != text.npos; open = text.find('[', open + 1)) {
    size_t close = text.find("] ", open);
    if (close == text.npos) break;
    std::string_view name = text.substr(open + 1, close - open - 1);
    ErrorCode code = ErrorCodeFromName(name);
    if (ErrorCodeName(code) == name) return Error(code, std::string(text.substr(close + 2)));
  }
  return Error(fallback, std::string(text));
}

}  // namespace deltaic
