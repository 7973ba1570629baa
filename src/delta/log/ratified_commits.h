#pragma once

// The commits that a catalog handed in, as files of the log (PROTOCOL.md, "Catalog-managed
// tables"). Pure functions.

#include <string_view>
#include <vector>

#include <deltaic/delta/log/catalog_commits.h>

#include "delta/log/log_files.h"

namespace deltaic::delta {

/// The commits in ascending order. `root_url` is that of the table.
///
/// Throws `kInvalidArgument` naming the version where commits contradict each other or
/// `max_version`, or are neither inline nor a staged commit of the table.
std::vector<CommitFile> RatifiedCommitFiles(const CatalogCommits& catalog,
                                            std::string_view root_url);

}  // namespace deltaic::delta
