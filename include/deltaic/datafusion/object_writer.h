#pragma once

// An object of a store that is written piece by piece. A linear resource of one thread at a time.

#include <string_view>

#include <deltaic/base/export.h>

namespace deltaic::datafusion {

/// Nothing of the object is seen before `Finish`. A writer that is destroyed without it gives the
/// object up, as `Abort` does. Some tens of megabytes are kept in memory at most.
///
/// Errors are those of `ObjectStore`. After one the object is given up, except that an error of
/// `Finish` leaves open whether it is there. `kInvalidArgument` for what comes after the end.
class DELTAIC_EXPORT ObjectWriter {
 public:
  ObjectWriter() = default;
  virtual ~ObjectWriter() = default;
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  /// Adds bytes to the end. May wait until earlier ones are sent.
  virtual void Append(std::string_view bytes) = 0;

  /// Puts the object in its place, and replaces one that is there.
  virtual void Finish() = 0;

  /// Gives the object up and removes what was sent of it. No error where there is nothing to give
  /// up.
  virtual void Abort() = 0;
};

}  // namespace deltaic::datafusion
