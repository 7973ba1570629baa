#pragma once

// A snapshot reduced to files that a caller chose.

#include <memory>
#include <string>
#include <vector>

#include <deltaic/delta/scan/scan_files.h>
#include <deltaic/delta/snapshot/snapshot.h>

namespace deltaic::delta {

/// The snapshot with those of its files that `paths` name: by location, by path in the log, or with
/// the table's root before the location. Each file counts once. Throws `kInvalidArgument`.
std::shared_ptr<const Snapshot> ChooseFiles(const std::shared_ptr<const Snapshot>& snapshot,
                                            const std::vector<std::string>& paths,
                                            MissingFiles missing);

/// The snapshot with `files` in place of its own, as they are described. Throws `kInvalidArgument`
/// for a file that lacks a partition value or is there twice, `kCorruptLog` for a path that does
/// not lead into the table.
std::shared_ptr<const Snapshot> ChooseFiles(const std::shared_ptr<const Snapshot>& snapshot,
                                            std::vector<ScanFile> files, MissingFiles missing);

}  // namespace deltaic::delta
