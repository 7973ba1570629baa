#pragma once

// Appending to Arrow arrays what nanoarrow has no one-line call for. They throw as
// `CheckNanoarrow` does.

#include <string_view>

#include <deltaic/columnar/arrow_c_data.h>

#include "base/text/decimal_text.h"

namespace deltaic {

/// Appends to a decimal128 array that is being built.
void AppendInt128(Int128 value, ArrowArray* out);

/// Appends to a string, binary or view array that is being built; less than 2 GiB.
void AppendBytes(std::string_view bytes, ArrowArray* out);

}  // namespace deltaic
