#pragma once

// An error as one line of text, `[code] message`: the form in which it crosses borders that carry
// only text (cxx, Arrow C streams, query plans).

#include <string>
#include <string_view>

#include <deltaic/base/error.h>

namespace deltaic {

std::string EncodeError(const Error& error);

/// Reads back what `EncodeError` wrote, wherever it is in `text`; other text becomes the
/// message of a `fallback` error.
Error DecodeError(std::string_view text, ErrorCode fallback);

}  // namespace deltaic
