#pragma once

// Unique names (RFC 9562, version 4). Safe to call from any thread.

#include <string>

namespace deltaic {

/// A new random UUID, as lower-case text with dashes.
std::string NewUuid();

/// The 16 bytes of a UUID that `NewUuid` made.
std::string UuidBytes(const std::string& uuid);

}  // namespace deltaic
