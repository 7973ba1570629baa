#pragma once

// Bytes as text of ZeroMQ's alphabet of 85 characters (PROTOCOL.md, "Deletion Vectors"). Pure
// functions.

#include <optional>
#include <string>
#include <string_view>

namespace deltaic {

/// Decodes groups of five characters into four bytes each; nothing where the text is no Z85. A last
/// group that begins with '#' once to three times, as one encoder pads it, holds as many bytes
/// less.
std::optional<std::string> DecodeZ85(std::string_view text);

/// Encodes groups of four bytes as five characters each; zero bytes complete the last group.
std::string EncodeZ85(std::string_view bytes);

}  // namespace deltaic
