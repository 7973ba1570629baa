#pragma once

// Letters of all scripts with one case in place of the other, whatever the locale. Pure functions.

#include <string>
#include <string_view>

namespace deltaic {

/// The text with small letters in place of capitals, of every script that has them. Only pairs of
/// single letters count ("ß" and "SS" stay different), and bytes that are no UTF-8 stay.
std::string FoldCase(std::string_view text);

}  // namespace deltaic
