#pragma once

// Values of storage options: the spellings that object_store and `deltalake` take.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deltaic::datafusion {

/// What the values of an option are.
enum class OptionType : uint8_t {
  kText,        ///< Any text.
  kLine,        ///< Printable ASCII characters: what becomes part of an HTTP header.
  kUrl,         ///< An http or https URL.
  kBoolean,     ///< true, 1, on, yes, y; false, 0, off, no, n; in any case.
  kDuration,    ///< Numbers with units, such as "1 minute 30s".
  kCount,       ///< A whole number of 32 bits.
  kLimit,       ///< The same, and not 0.
  kFactor,      ///< A number greater than 1.
  kAddressing,  ///< "path" or "virtual".
  kDurability,  ///< "full" or "none".
};

/// The value in its one spelling: `true`, nanoseconds as `5ns`, numbers without signs. Nothing
/// where the text is no value of the type.
std::optional<std::string> ReadOptionValue(OptionType type, std::string_view text);

/// What values of the type look like, to be put after "is not".
std::string_view FormOf(OptionType type);

/// Whether a message may show a value of the type: it cannot be a credential by design.
bool IsShown(OptionType type);

/// The nanoseconds of a duration as the crate `humantime` reads it: "0", or numbers with units from
/// nanoseconds to years. Nothing where the text is none, or where it is more than a century.
std::optional<uint64_t> ParseDuration(std::string_view text);

}  // namespace deltaic::datafusion
