#pragma once

// A place in a text of several lines, as messages show it. Pure functions.

#include <cstddef>
#include <string>
#include <string_view>

#include <deltaic/base/export.h>

namespace deltaic {

/// Lines and columns count from 1; columns count characters.
struct TextPlace {
  size_t line = 1;
  size_t column = 1;

  bool operator==(const TextPlace&) const = default;

  /// The place in a text that holds the text of this one from `begin` on.
  TextPlace After(TextPlace begin) const {
    return {.line = begin.line + line - 1,
            .column = line == 1 ? begin.column + column - 1 : column};
  }
};

/// Shows the line of a place with a caret below the place:
///
///     SELECT * FORM t
///              ^
///
/// Of a long line only what is near the place is shown. "" where the text has no such line. The
/// text must be UTF-8.
DELTAIC_EXPORT std::string ShowPlace(std::string_view text, TextPlace place);

}  // namespace deltaic
