#pragma once

// Credentials in the text of a statement: in URLs, and in the values of options. Safe to call from
// any thread.

#include <string>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

/// Remembers the credentials, so that no message shows them.
void RememberSecretsIn(const SqlTokens& statement);

/// The text with asterisks in place of its credentials, however short, and without what follows an
/// unfinished literal's first quote. The rest keeps its place.
std::string ShownSql(const SqlTokens& statement);

}  // namespace deltaic::datafusion
