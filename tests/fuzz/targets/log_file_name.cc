// The name of a log file: what is read from it spells it again, and names sort by version.

#include <string>

#include "delta/protocol/log_path.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {

void Run(std::string_view input) {
  const auto name = delta::ParseLogFileName(input);
  if (!name) return;
  const std::string location = std::string(delta::kLogFolder) + "/" + std::string(input);
  Expect(name->version >= 0, "a version is not negative");
  Expect(delta::LogListStart(name->version) < location, "names sort by version");
  switch (name->kind) {
    case delta::LogFileKind::kCommit:
      Expect(delta::CommitLocation(name->version) == location, "a commit's name is spelled again");
      break;
    case delta::LogFileKind::kCheckpoint:
      Expect(delta::CheckpointLocation(name->version) == location,
             "a checkpoint's name is spelled again");
      break;
    case delta::LogFileKind::kCheckpointPart:
      Expect(delta::CheckpointPartLocation(name->version, name->part, name->num_parts) == location,
             "a part's name is spelled again");
      break;
    case delta::LogFileKind::kCompactedCommits:
      Expect(name->last_version > name->version, "compacted commits go forward");
      break;
    default:
      break;
  }
}

}  // namespace deltaic::fuzz
