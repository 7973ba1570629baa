#pragma once

// Credentials never appear in messages: whatever is handed over as one is remembered, and hidden in
// every `Error`. Safe to call from any thread.

#include <string>
#include <string_view>

#include <deltaic/base/export.h>

namespace deltaic {

/// Hides `secret` in all messages from now on, also in the spellings that it takes in URLs.
///
/// For tokens of catalogs, sharing servers and configurations; storage options and URLs are
/// remembered when a store is opened. Texts of less than 6 bytes, which would hide ordinary words,
/// and of more than 16 KiB, which no message holds as a whole, are left out. The 4096 texts that
/// were remembered last are kept.
DELTAIC_EXPORT void RememberSecret(std::string_view secret);

/// The text with "REDACTED" in place of every secret that is remembered. `Error` does this itself.
DELTAIC_EXPORT std::string Redact(std::string text);

}  // namespace deltaic
