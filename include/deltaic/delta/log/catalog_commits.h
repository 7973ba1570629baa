#pragma once

// The commits that a catalog has ratified for a table that it manages (PROTOCOL.md,
// "Catalog-managed tables"). Plain values.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deltaic::delta {

/// A commit that the catalog has ratified and that need not be published yet.
struct RatifiedCommit {
  int64_t version = 0;
  /// Where the commit is staged: the name of a file in the log's folder of staged commits, or a
  /// path to it from the table on, or in full, percent-encoded as paths in the log are.
  std::string path = {};
  /// The commit itself, where the catalog holds it inline. Exactly one of both is set.
  std::optional<std::string> content = {};
};

/// The commits of a table that its catalog knows.
struct CatalogCommits {
  /// The newest version that is ratified. What lies in the log beyond it does not count.
  int64_t max_version = 0;
  /// Ratified commits, in any order, each version once. One that is published as well is read from
  /// here.
  std::vector<RatifiedCommit> commits = {};
};

using CatalogCommitsPtr = std::shared_ptr<const CatalogCommits>;

}  // namespace deltaic::delta
