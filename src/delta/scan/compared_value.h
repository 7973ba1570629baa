#pragma once

// Values that filters compare columns with, among the values of the column's type. Pure functions.

#include <cstdint>
#include <string>
#include <string_view>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

enum class ValueFit : uint8_t {
  kExact,     ///< It is one of them.
  kBetween,   ///< It is none of them, and some are less.
  kBelowAll,  ///< All are greater.
  kAboveAll,  ///< All are less.
};

/// A value as the log writes those of a column's type.
struct ComparedValue {
  ValueFit fit = ValueFit::kExact;
  std::string text;  ///< For `kExact` the value, for `kBetween` the greatest one that is less.
};

/// Finds a number among those of a type of integers or decimals ("2022.0" is 2022), and a time
/// among dates. Any other text is left as it is, for others to judge.
ComparedValue CompareWithType(const DataType& type, std::string_view text);

}  // namespace deltaic::delta
