#pragma once

// RFC 4648, section 4. Pure.

#include <string>
#include <string_view>

namespace deltaic {

/// Encodes bytes, with padding.
std::string Base64Encode(std::string_view bytes);

}  // namespace deltaic
