#pragma once

// Letters of any script in lower case, as names are compared without regard to case. By the simple
// mappings of Unicode 14, whatever the locale. Pure functions.

#include <string>
#include <string_view>

namespace deltaic {

/// The text with its letters in lower case. Bytes that are no UTF-8 stay as they are.
std::string LowerCase(std::string_view text);

/// Whether both are the same in lower case.
bool IsSameName(std::string_view a, std::string_view b);

}  // namespace deltaic
