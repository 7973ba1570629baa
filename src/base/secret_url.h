#pragma once

// What of a URL is a credential: the user info and the query. Safe to call from any thread.

#include <string>
#include <string_view>

namespace deltaic {

/// Remembers the credentials in a text, where it is a URL.
void RememberUrl(std::string_view text);

/// The text without the credentials in it, where it is a URL.
std::string RedactUrl(std::string_view text);

}  // namespace deltaic
