#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace deltaic {

/// The candidate that differs from `name` in the fewest characters (inserted, removed, exchanged);
/// the first of several. Nothing where more than a third of the characters differ.
std::optional<std::string_view> NearestName(std::string_view name,
                                            std::span<const std::string_view> candidates);

}  // namespace deltaic
