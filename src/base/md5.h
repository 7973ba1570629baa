#pragma once

// The MD5 digest (RFC 1321), which tells torn files from whole ones; it protects from nobody.

#include <string>
#include <string_view>

namespace deltaic {

/// The digest of `bytes` in lower-case hexadecimal.
std::string Md5Hex(std::string_view bytes);

}  // namespace deltaic
