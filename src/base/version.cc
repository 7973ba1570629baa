#include "base/version.h"

namespace deltaic {

std::string_view Version() { return DELTAIC_VERSION; }

}  // namespace deltaic
