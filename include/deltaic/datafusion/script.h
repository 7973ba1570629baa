#pragma once

// SQL texts of several statements.

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/text_place.h>

namespace deltaic::datafusion {

/// A statement of a script.
struct ScriptStatement {
  std::string text;
  TextPlace begin;  ///< Where the text begins in the script.
};

/// A script, taken apart.
struct Script {
  std::vector<ScriptStatement> statements;  ///< From their first word on, without the semicolon.
  /// What follows the last semicolon: an unfinished statement, or blank.
  ScriptStatement rest;
};

/// Splits a script at its semicolons into statements, minding quotes and comments. Empty ones are
/// left out. Safe to call from any thread. Throws `kInvalidArgument` for text that is not UTF-8.
DELTAIC_EXPORT Script SplitScript(std::string_view text);

}  // namespace deltaic::datafusion
