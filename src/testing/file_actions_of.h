#pragma once

// All file actions that a version has by its log, read as values and put together in the simplest
// way, to hold against what the library makes of the same log.

#include <map>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/action.h"
#include "delta/actions/file_columns.h"
#include "delta/log/log_files.h"

namespace deltaic::testing {

/// The add and remove actions by key, the newest of each. What a checkpoint is free to leave out or
/// to add is evened out: no action changes data, removed files have neither statistics nor tags,
/// and there are no typed statistics or partition values.
std::map<delta::FileKey, delta::Action> FileActionsOf(const datafusion::ObjectStore& store,
                                                      const delta::LogSegment& segment);

}  // namespace deltaic::testing
