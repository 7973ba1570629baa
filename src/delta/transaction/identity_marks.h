#pragma once

// How far identity columns are used, which writers note in a table's metadata (PROTOCOL.md,
// "Identity Columns"). Pure functions.

#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Whether two states of a table's metadata differ in the high-water marks of identity columns at
/// most. Throws `kCorruptLog` for a schema that makes no sense.
bool DifferInIdentityMarksOnly(const Metadata& a, const Metadata& b);

}  // namespace deltaic::delta
