#pragma once

#include <cstdint>

namespace deltaic::delta {

/// What to do where there is a table already, or none.
enum class SaveMode : uint8_t {
  kErrorIfExists,  ///< Make the table; `kAlreadyExists` where there is one.
  kIgnore,         ///< Make the table; do nothing where there is one.
  kAppend,         ///< Add rows; make the table where there is none.
  kOverwrite,      ///< Replace rows; make the table where there is none.
};

}  // namespace deltaic::delta
