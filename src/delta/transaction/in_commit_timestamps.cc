#include "delta/transaction/in_commit_timestamps.h"

#include <algorithm>
#include <limits>
#include <string>

#include <deltaic/base/error.h>

#include "delta/log/commit_timestamp.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"

namespace deltaic::delta {
namespace {

constexpr char kVersion[] = "delta.inCommitTimestampEnablementVersion";
constexpr char kTimestamp[] = "delta.inCommitTimestampEnablementTimestamp";

}  // namespace

int64_t NextInCommitTimestamp(int64_t now_ms, int64_t last_ms) {
  if (last_ms == std::numeric_limits<int64_t>::max()) {
    throw Error(ErrorCode::kCorruptLog,
                "The last commit states the latest time that there is: no commit can follow.");
  }
  return std::max(now_ms, last_ms + 1);
}

bool HasInCommitTimestamps(const TableShape& table) {
  return FindInCommitTimestamps(table.protocol, table.metadata).has_value();
}

void NoteFirstInCommitTimestamp(const Protocol& protocol, int64_t version, int64_t timestamp_ms,
                                Metadata& metadata) {
  const bool is_final = IsListedForWriters(protocol, "inCommitTimestamp") &&
                        TableProperties(metadata).in_commit_timestamps();
  const std::string suffix = is_final ? "" : "-preview";
  metadata.configuration[kVersion + suffix] = std::to_string(version);
  metadata.configuration[kTimestamp + suffix] = std::to_string(timestamp_ms);
}

void KeepFirstInCommitTimestamp(const Metadata& older, Metadata& metadata) {
  for (const char* name : {kVersion, kTimestamp}) {
    for (const char* suffix : {"", "-preview"}) {
      const auto kept = older.configuration.find(std::string(name) + suffix);
      if (kept != older.configuration.end()) metadata.configuration.insert(*kept);
    }
  }
}

}  // namespace deltaic::delta
