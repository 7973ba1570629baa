// The hint where the newest checkpoint is.

#include "delta/log/checkpoint/last_checkpoint.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  const auto hint = delta::ParseLastCheckpoint(input);
  if (!hint) return;
  Expect(hint->version >= 0, "a hint's version is not negative");
  Expect(!hint->num_parts || *hint->num_parts >= 1, "a hint has parts or tells nothing of them");
}

}  // namespace deltaic::fuzz
