#pragma once

// Names and values as SQL text that means exactly them. Pure functions.

#include <string>
#include <string_view>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// A column's name in quotes.
std::string SqlIdentifier(std::string_view name);

/// A value of a primitive column, given as the log writes partition values, as SQL of the column's
/// type. Throws `kInvalidArgument` naming column, type and text for what is no value of the type.
std::string SqlLiteral(const StructField& column, std::string_view text);

}  // namespace deltaic::delta
