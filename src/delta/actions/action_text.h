#pragma once

// Actions as lines of JSON and back, without a loss (PROTOCOL.md, "Delta Log Entries" and
// "Actions"): what a transaction reads and writes. A snapshot reads files into columns instead
// (action_json.h). Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "delta/actions/action.h"
#include "delta/actions/action_lines.h"

namespace deltaic::delta {

/// Reads all actions of a commit, or of some of its lines, in their order. Members and actions
/// without a meaning are kept; members that are null are absent.
///
/// Throws `kCorruptLog` naming file, version, line and member for malformed JSON, a missing or
/// mistyped member and one of a file that is there twice; `kResourcesExhausted` as `ActionLines`
/// does.
std::vector<Action> ReadActions(std::string_view json, const CommitOrigin& origin);

/// Appends the line of an action, with its end: members of the protocol in the order in which it
/// names them, then the unknown ones. `ReadActions` gives the same action for it.
void AppendActionLine(const Action& action, std::string& out);

}  // namespace deltaic::delta
