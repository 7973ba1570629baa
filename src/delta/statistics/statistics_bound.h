#pragma once

// One bound of one column of one file: the smallest or the largest value, as the JSON statistics
// spell it, made safe to skip by where that is wanted (PROTOCOL.md, "Per-file Statistics"): moved
// outwards by as much as a known writer may have cut or rounded. Pure functions.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <deltaic/delta/protocol/data_type.h>

#include "base/text/decimal_text.h"

namespace deltaic::delta {

/// Which way a bound is widened: downwards, upwards, or not at all.
enum class BoundSide : uint8_t { kMin, kMax, kAsWritten };

/// A bound as the column's type holds it. One of the values counts, according to the type.
struct Bound {
  bool is_known = false;
  /// Whether every known writer gives the value that it found; false where one may have cut or
  /// rounded it.
  bool is_certain = false;
  /// Not a bound: the file holds NaN.
  bool is_nan = false;
  int64_t integer = 0;         ///< Integers, boolean, date (days), timestamps (the type's unit).
  double floating = 0;         ///< Float, double.
  Int128 decimal = 0;          ///< Unscaled.
  std::string_view text = {};  ///< String.
};

/// A JSON scalar: the unescaped text of a string, or the token of a number.
struct StatisticsScalar {
  bool is_string;
  std::string_view text;
};

/// Whether the statistics have bounds for columns of this type.
bool HasBounds(TypeKind kind);

/// Reads a bound of a column of `type`, for which `HasBounds`. It is unknown where the scalar is
/// not a value of the type. The bound of a string column views `text`, which must not hold the
/// scalar's own.
Bound ParseBound(const DataType& type, BoundSide side, const StatisticsScalar& scalar,
                 std::string& text);

/// The least and the greatest value of an integer type.
std::pair<int64_t, int64_t> IntegerRange(TypeKind kind);

/// The bound of a column of an integer type that an integer is.
Bound IntegerBound(TypeKind kind, int64_t value);

/// The bound of a column of a timestamp type that an instant is, in milliseconds since the Unix
/// epoch.
Bound InstantBound(TypeKind kind, BoundSide side, int64_t milliseconds);

/// The bound of a boolean column.
Bound BooleanBound(bool value);

/// The bounds of columns of some types that statistics say as values of theirs; unknown for other
/// types. Dates are in days, timestamps in microseconds or nanoseconds since the Unix epoch.
Bound FloatingBound(const DataType& type, BoundSide side, double value);
Bound DateBound(const DataType& type, BoundSide side, int64_t days);
Bound TimestampBound(const DataType& type, BoundSide side, int64_t micros);
Bound TimestampNanosBound(const DataType& type, BoundSide side, int64_t nanos);
Bound DecimalBound(const DataType& type, BoundSide side, const DecimalNumber& number);

/// Whether both bounds are known and in order.
bool AreInOrder(TypeKind kind, const Bound& min, const Bound& max);

}  // namespace deltaic::delta
