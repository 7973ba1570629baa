#pragma once

// Texts of a table in the messages of errors: they may be of any length.

#include <string>
#include <string_view>

namespace deltaic {

/// Returns `text` in single quotes, cut to about 100 bytes at a character's end.
std::string Excerpt(std::string_view text);

}  // namespace deltaic
