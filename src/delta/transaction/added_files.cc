#include "delta/transaction/added_files.h"

#include <string>
#include <utility>

#include "delta/actions/action_json.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {

std::shared_ptr<const Snapshot> WithAddedFiles(const Snapshot& snapshot, std::string_view lines,
                                               int64_t version) {
  LiveFiles files;
  if (!lines.empty()) {
    const std::string location = CommitLocation(version);
    files.batches.push_back({ParseCommitActions(lines, {location, version}).files, nullptr});
  }
  return snapshot.WithFiles(ActiveFiles(std::make_shared<const ActiveFileColumns>(
      std::move(files), StoredNames(snapshot.schema(), snapshot.metadata().partition_columns))));
}

}  // namespace deltaic::delta
