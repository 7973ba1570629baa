#pragma once

// Tells whether a store keeps what commits rely on: of several writers of one object that must not
// be there yet, one wins.

#include <string>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/object_store.h>

namespace deltaic::delta {

/// Something that was tried.
struct StoreCheck {
  std::string name;  ///< What must hold: a sentence.
  bool passed = true;
  std::string detail;  ///< What was seen.
};

struct StoreReport {
  std::vector<StoreCheck> checks;

  /// Whether tables in the store can be written by several writers.
  DELTAIC_EXPORT bool is_safe() const;
};

/// How a store is tried.
struct DoctorOptions {
  int rounds = 20;  ///< Races. A store that is right one after the other may be wrong here.
  int writers = 8;  ///< In each race.
};

/// Tries a store with objects in a new folder below its root, and removes them again. A check after
/// one that failed is made nonetheless. Throws the errors of the store where nothing can be tried.
DELTAIC_EXPORT StoreReport CheckStore(const datafusion::ObjectStore& store,
                                      const DoctorOptions& options = {});

}  // namespace deltaic::delta
