#pragma once

// What of a named option is a credential. Safe to call from any thread.

#include <cstddef>
#include <string_view>

namespace deltaic {

/// Whether an option of that name, which has dots or underscores, holds a credential.
bool IsSecretKey(std::string_view key);

/// Where the first word that makes a key secret ends in a text; the text's size where it has none.
size_t EndOfSecretKey(std::string_view text);

/// Remembers the credentials in an option: its value where the key says so, of a JSON document the
/// members that are secret as well, and of a URL what `RememberUrl` does.
void RememberOption(std::string_view key, std::string_view value);

}  // namespace deltaic
