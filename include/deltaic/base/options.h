#pragma once

#include <map>
#include <string>

namespace deltaic {

/// Named settings, as users write them: storage options, session settings.
using Options = std::map<std::string, std::string>;

}  // namespace deltaic
