#pragma once

// Values of Arrow columns as JSON, in the forms that the log has for them (PROTOCOL.md, "Per-file
// Statistics"). Pure functions.

#include <cstdint>
#include <string>

#include "base/text/json_writer.h"
#include "columnar/arrow_column.h"

namespace deltaic::delta {

/// Appends the value of a row, nested ones too. Dates and times become texts, decimals numbers;
/// fields of structs that are null are left out. What JSON has no value for (bytes, NaN) is null.
void AppendColumnJson(const ArrowColumn& column, int64_t row, JsonWriter& json);

/// The same as a text.
std::string ColumnJson(const ArrowColumn& column, int64_t row);

}  // namespace deltaic::delta
