#pragma once

// All by which a table is reached: one argument of whatever reads or writes its log.

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/base/options.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/catalog_commits.h>
#include <deltaic/delta/log/committer.h>

namespace deltaic::delta {

/// A table's store, the other places that its files may be in, the commits that its catalog knows,
/// and who makes its commits. Immutable handle, cheap to copy, safe to share between threads.
class DELTAIC_EXPORT TableAccess {
 public:
  /// A table whose files are all in `store`, which is rooted at it. A `catalog` that manages the
  /// table says which commits it has; where that is null, its log folder does.
  explicit TableAccess(datafusion::ObjectStore store, CatalogCommitsPtr catalog = nullptr);

  /// Opens the table that `url` names, with storage options as `ObjectStore::Open` takes them.
  ///
  /// `allowed_root_1`, `allowed_root_2`, … name other places whose files the table may have;
  /// `allowed_root_1_…` are the storage options of such a place. One without any has those of
  /// `url`, if the schemes are the same, else none.
  ///
  /// Errors as `ObjectStore::Open`; `kInvalidArgument` for options of an allowed root without its
  /// URL. Nothing is read of the table.
  static TableAccess Open(std::string_view url, const Options& options = {},
                          CatalogCommitsPtr catalog = nullptr);

  /// Whether `Open` knows the option, in any case.
  static bool IsOption(std::string_view key);

  const datafusion::ObjectStore& store() const { return store_; }

  /// The places that the options `allowed_root_…` name, in the order of their numbers.
  const std::vector<datafusion::ObjectStore>& allowed_roots() const { return allowed_roots_; }

  /// The URLs of `store()` and of `allowed_roots()`, in this order.
  const std::vector<std::string>& root_urls() const { return root_urls_; }

  /// What was handed in of the catalog that manages the table; null where the log folder alone
  /// counts.
  const CatalogCommitsPtr& catalog() const { return catalog_; }

  /// Who makes the table's commits: the log folder unless somebody else was named. Throws
  /// `kUnsupportedFeature` for a table of a catalog where nobody was.
  const Committer& committer() const;

  /// The same table by what its catalog says now.
  TableAccess WithCatalog(CatalogCommitsPtr catalog) const;

  /// The same table with somebody else to make its commits.
  TableAccess WithCommitter(CommitterPtr committer) const;

 private:
  TableAccess(datafusion::ObjectStore store, std::vector<datafusion::ObjectStore> allowed_roots,
              CatalogCommitsPtr catalog);

  datafusion::ObjectStore store_;
  std::vector<datafusion::ObjectStore> allowed_roots_;
  std::vector<std::string> root_urls_;
  CatalogCommitsPtr catalog_;
  CommitterPtr committer_;  // Null where nobody was named.
};

}  // namespace deltaic::delta
