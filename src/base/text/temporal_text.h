#pragma once

// Dates and times as text, as partition values and statistics hold them (PROTOCOL.md,
// "Partition Value Serialization" and "Per-file Statistics"). Proleptic Gregorian calendar; no
// locale, no time zone data. Pure functions; nothing is returned for what is malformed or out of
// range.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deltaic {

/// Reads "yyyy-MM-dd" as days since the Unix epoch. Years may have a sign and up to six digits.
std::optional<int32_t> ParseDate(std::string_view text);

/// A time that was read from a text: the seconds since the Unix epoch, cut towards the past, and
/// the nanoseconds after those. Without a zone, they are those of a clock at UTC.
struct TimestampText {
  int64_t seconds;
  int32_t nanos;
  bool has_zone;

  /// Microseconds since the Unix epoch, cut towards the past; nothing for a time that is out of
  /// their range.
  std::optional<int64_t> Micros() const;
  /// Nanoseconds since the Unix epoch; nothing for a time that is out of their range.
  std::optional<int64_t> Nanos() const;
};

/// Reads an instant: a date, and after ' ' or 'T' the time "HH:mm:ss" with up to nine digits of a
/// fraction. "Z" or an offset ("+01:00", "+0100", "+01") may follow; without one it is UTC. A date
/// alone is its midnight.
std::optional<TimestampText> ReadTimestamp(std::string_view text);

/// Reads wall-clock time as `ReadTimestamp` does, but no offset other than "Z" may follow.
std::optional<TimestampText> ReadTimestampNtz(std::string_view text);

/// Reads a text as `ReadTimestamp` does, as microseconds.
std::optional<int64_t> ParseTimestamp(std::string_view text);

/// Reads a text as `ReadTimestampNtz` does, as microseconds.
std::optional<int64_t> ParseTimestampNtz(std::string_view text);

/// Writes days since the Unix epoch as "yyyy-MM-dd"; years before 0 and beyond 9999 have a sign.
/// Nothing for a year of more than six digits, which `ParseDate` does not read.
std::optional<std::string> FormatDate(int32_t days);

/// Writes an instant since the Unix epoch, "yyyy-MM-ddTHH:mm:ss.ffffffZ", with nine digits where it
/// is in nanoseconds.
std::string FormatTimestamp(int64_t micros);
std::string FormatTimestampNanos(int64_t nanos);

/// Writes a wall-clock time, "yyyy-MM-dd HH:mm:ss.ffffff", with nine digits where it is in
/// nanoseconds.
std::string FormatTimestampNtz(int64_t micros);
std::string FormatTimestampNanosNtz(int64_t nanos);

}  // namespace deltaic
