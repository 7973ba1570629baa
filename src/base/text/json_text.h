#pragma once

// The grammar of JSON (RFC 8259), for texts that are kept as they are: simdjson's on-demand
// parser does not look into what it skips. Pure functions.

#include <string>
#include <string_view>

namespace deltaic {

/// Whether `text` is one JSON value, with nothing but white space around it. Needs memory for the
/// depth of nesting, but no stack. UTF-8 is not checked.
bool IsJsonText(std::string_view text);

/// A JSON value without the line ends between its parts.
std::string JsonInOneLine(std::string_view json);

/// Whether `text` is a JSON number and nothing else.
bool IsJsonNumber(std::string_view text);

}  // namespace deltaic
