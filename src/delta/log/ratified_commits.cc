#include "delta/log/ratified_commits.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string_view what, int64_t version) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The commits of a catalog make no sense: {}: version {}", what, version));
}

}  // namespace

std::vector<CommitFile> RatifiedCommitFiles(const CatalogCommits& catalog,
                                            std::string_view root_url) {
  if (catalog.max_version < 0) Refuse("the newest version is negative", catalog.max_version);
  std::vector<CommitFile> files;
  for (const RatifiedCommit& commit : catalog.commits) {
    if (commit.version < 0) Refuse("a commit's version is negative", commit.version);
    if (commit.version > catalog.max_version) {
      Refuse("a commit is newer than the newest version", commit.version);
    }
    if (commit.content.has_value() == !commit.path.empty()) {
      Refuse("a commit has a path or its content, and not both", commit.version);
    }
    CommitFile file{commit.version, {}};
    if (commit.content) {
      file.object.location = fmt::format("inline commit {} of the catalog", commit.version);
      file.object.size = static_cast<int64_t>(commit.content->size());
      file.content = std::make_shared<const std::string>(*commit.content);
    } else {
      file.object.location = StagedCommitLocation(commit.path, commit.version, root_url);
    }
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const CommitFile& a, const CommitFile& b) { return a.version < b.version; });
  const auto twice = std::adjacent_find(
      files.begin(), files.end(),
      [](const CommitFile& a, const CommitFile& b) { return a.version == b.version; });
  if (twice != files.end()) Refuse("a commit is there twice", twice->version);
  return files;
}

}  // namespace deltaic::delta
