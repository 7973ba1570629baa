#pragma once

#include <string_view>

namespace deltaic {

/// The version of this library, for example "0.1.0".
std::string_view Version();

}  // namespace deltaic
