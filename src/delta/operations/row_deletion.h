#pragma once

// Deletes rows, however they were found: where requests and statements meet.

#include <memory>

#include <deltaic/delta/operations/delete_rows.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/operations/selected_rows.h"

namespace deltaic::delta {

/// As `DeleteRows`, of the rows that `rows` tells; the predicate of the request is not read.
DeleteResult DeleteSelected(const std::shared_ptr<const Snapshot>& snapshot,
                            const DeleteRequest& request, const SelectedRows& rows);

}  // namespace deltaic::delta
