#pragma once

#include <cstdint>

namespace deltaic::delta {

/// How the bounds and null counts of columns are given. Writers cut texts and times (PROTOCOL.md,
/// "Per-file Statistics").
enum class BoundsForm : uint8_t {
  kAsWritten,  ///< As the log has them: what was cut is not a bound of all rows.
  kThatHold,   ///< They hold for every row that counts: widened as far as may have been cut.
};

}  // namespace deltaic::delta
