#pragma once

// A place in a text of several lines, as messages show it. Pure functions.

#include <cstddef>
#include <string>
#include <string_view>

namespace deltaic {

/// Lines and columns count from 1; columns count characters.
struct TextPlace {
  size_t line = 1;
  size_t column = 1;
};

/// Shows the line of a place with a caret below the place:
///
///     LINE 2: SELECT * FORM t
///                      ^
///
/// Of a long line only what is near the place is shown. "" where the text has no such line. The
/// text must be UTF-8.
std::string ShowPlace(std::string_view text, TextPlace place);

}  // namespace deltaic
