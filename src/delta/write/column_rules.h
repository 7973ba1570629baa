#pragma once

// Which rules of columns are in force (PROTOCOL.md, "Generated Columns", "Default Columns",
// "Identity Columns"): what a schema says about them counts only where the protocol has their
// feature. A pure function.

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// The schema without the rules of columns that are not in force.
DataType WithRulesInForce(const DataType& schema, const Protocol& protocol);

}  // namespace deltaic::delta
