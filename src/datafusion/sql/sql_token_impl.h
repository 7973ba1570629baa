#pragma once

// Conversions of tokens and edits of SQL at the border.

#include <string_view>
#include <vector>

#include "bridge/ffi.h"
#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

/// The tokens of `sql`, which they refer to.
SqlTokens FromRust(std::string_view sql, const bridge::SqlTokens& found);

TextPlace FromRust(const bridge::SqlPlace& place);

rust::Vec<bridge::SqlEdit> ToRust(const std::vector<SqlEdit>& edits);

}  // namespace deltaic::datafusion
