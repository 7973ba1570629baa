#pragma once

// The texts that `Redact` hides, spelling by spelling. Safe to call from any thread.

#include <string>
#include <string_view>

namespace deltaic {

/// Remembers one spelling of a secret; those of other sizes than `RememberSecret` takes are left
/// out.
void RememberSpelling(std::string_view text);

/// The text with `mark` in place of each character of every secret, so that the others keep their
/// columns.
std::string MaskSecrets(std::string text, char mark);

}  // namespace deltaic
