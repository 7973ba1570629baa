#pragma once

// How deep the syntax tree of a text can get, known before there is a tree: parsing, planning and
// dropping one recurse, and a chain of operators nests as deep as it is long. Pure functions.

#include <cstddef>
#include <string_view>

#include "datafusion/sql/sql_token.h"

namespace deltaic::datafusion {

/// An upper bound of how deep the syntax tree of the tokens nests.
size_t SyntaxDepth(const SqlTokens& tokens);

/// Refuses a text whose tree would be too deep for the stacks of the engine's threads.
void CheckSyntaxDepth(const SqlTokens& tokens);

/// The same of an expression. Every text that the engine parses must have been checked.
void CheckSyntaxDepth(std::string_view sql);

/// Whether that would refuse a text.
bool IsTooDeep(std::string_view sql);

}  // namespace deltaic::datafusion
