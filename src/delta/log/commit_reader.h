#pragma once

// Reads commits: fetches them concurrently and parses them on several threads. Safe to call from
// any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/datafusion/object_store.h>

#include "delta/actions/action_json.h"
#include "delta/log/log_files.h"

namespace deltaic::delta {

/// The actions of one version. A long commit is parsed in pieces.
struct Commit {
  int64_t version = 0;
  std::string location;
  std::vector<CommitActions> pieces;
};

/// Parses the bytes of a commit, or of what else messages call it; errors as `ActionParser::Parse`,
/// and `kCorruptLog` where there is no action. A short commit goes through `parser`, which is to be
/// finished.
Commit ParseCommit(const CommitFile& file, std::string_view json, ActionParser& parser,
                   std::string_view what = "Commit");

/// Cuts a commit into pieces of at least `least_bytes`, but the last one, each of whole lines.
std::vector<std::string_view> CutIntoPieces(std::string_view json, size_t least_bytes);

/// Fetches commits, all at once, in the order of `files`. Errors as `ObjectStore::GetMany`.
std::vector<datafusion::Bytes> ReadCommitBytes(const datafusion::ObjectStore& store,
                                               std::span<const CommitFile> files);

/// Reads commits, in the order of `files`.
std::vector<Commit> ReadCommits(const datafusion::ObjectStore& store,
                                const std::vector<CommitFile>& files);

}  // namespace deltaic::delta
