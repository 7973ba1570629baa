#pragma once

// The checksum of deletion vector files (PROTOCOL.md, "Deletion Vector File Storage Format").

#include <cstdint>
#include <string_view>

namespace deltaic {

/// CRC-32 as IEEE 802.3 and zlib have it. A pure function.
uint32_t Crc32(std::string_view bytes);

}  // namespace deltaic
