#pragma once

// Names and values as SQL text that means exactly them. Pure functions.

#include <string>
#include <string_view>

#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// A column's name in quotes.
std::string SqlIdentifier(std::string_view name);

/// A value of a primitive column, given as the log writes partition values, as SQL of the column's
/// type. What is a number, or for a date a time, and no value of the type is SQL of another type
/// that can be compared with it. Throws `kInvalidArgument` naming column, type and text for
/// anything else.
std::string SqlLiteral(const StructField& column, std::string_view text);

}  // namespace deltaic::delta
