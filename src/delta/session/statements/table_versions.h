#pragma once

// How statements name a version of a table (docs/sql.md, "Earlier versions"). Pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datafusion/sql/sql_token.h"

namespace deltaic::delta {

/// Exchanges the spellings of a table's version that the parser lacks for those that it has:
/// `FOR VERSION AS OF`, `FOR SYSTEM_VERSION AS OF`, `FOR TIMESTAMP AS OF`, a version in quotes, and
/// `@v1` directly after a name in quotes. Throws `SqlError` for `@v1` anywhere else, which the
/// parser would take for an alias.
std::vector<datafusion::SqlEdit> VersionEdits(const datafusion::SqlTokens& statement);

/// The suffix that a token is to a name in quotes that ends where it begins: "@v1"; else nothing.
std::optional<std::string_view> NameSuffix(const datafusion::SqlToken& token);

/// A clause that names a version, between the indices of its tokens that are no space.
struct VersionClause {
  bool is_time = false;
  size_t value = 0;  ///< The position of the first token of the value.
};

/// The clause that begins at `position` among the significant tokens, if one does.
std::optional<VersionClause> FindVersionClause(const datafusion::SqlTokens& statement,
                                               const std::vector<size_t>& significant,
                                               size_t position);

}  // namespace deltaic::delta
