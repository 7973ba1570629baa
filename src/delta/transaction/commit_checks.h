#pragma once

// Whether a table may have a commit, whatever others commit (PROTOCOL.md, "Requirements for
// Writers", "Table Features", "Append-only Tables", "Domain Metadata"). Pure functions.

#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/snapshot/snapshot.h>

#include "delta/transaction/staged_actions.h"

namespace deltaic::delta {

/// Checks the actions of a transaction that has read `read`, or makes a table where that is null.
/// Nothing is asked of the store.
///
/// Throws `kUnsupportedFeature` naming what may not be written, `kConstraintViolation` for rows
/// that an append-only table must not lose, and `kInvalidArgument` where
/// - a new table lacks protocol or metadata, or a new protocol lacks a feature of the old one,
/// - metadata, a domain or a deletion vector needs features that the protocol lacks, which are
///   named, or metadata makes no sense,
/// - an added file has no value for a partition column, a path that does not lead to a file, or
///   another deletion vector than the file that is live and stays,
/// - the metadata of row tracking is staged, which the transaction makes itself.
void CheckCommit(const TableAccess& access, const Snapshot* read, const StagedActions& staged);

/// Throws `kConstraintViolation` for a table that must not lose rows ("Append-only Tables").
void CheckRowsMayGo(const Snapshot& read);

}  // namespace deltaic::delta
