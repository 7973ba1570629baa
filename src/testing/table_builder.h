#pragma once

// Delta tables for unit tests, made line by line. One thread at a time.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/action.h"

namespace deltaic::testing {

/// A store in memory that nobody else has.
datafusion::ObjectStore NewMemoryStore();

/// Protocol versions 1 and 2, without features.
delta::Protocol SomeProtocol();

/// A table with the columns `x`, a long, and `p`, a string, partitioned by `p` if that is asked
/// for.
delta::Metadata SomeMetadata(std::map<std::string, std::string> configuration = {},
                             std::vector<std::string> partition_columns = {"p"});

/// An added file with `p` = "v<size>".
delta::AddFile SomeFile(std::string_view path, int64_t size = 1);

delta::RemoveFile Removed(std::string_view path);

/// The log of a table in a store.
class TableBuilder {
 public:
  explicit TableBuilder(datafusion::ObjectStore store = NewMemoryStore())
      : store_(std::move(store)) {}

  const datafusion::ObjectStore& store() const { return store_; }

  /// Access to the table, of a catalog too where there is one.
  delta::TableAccess access(delta::CatalogCommitsPtr catalog = nullptr) const {
    return delta::TableAccess(store_, std::move(catalog));
  }

  /// Writes the next commit and returns its version.
  int64_t Commit(const std::vector<delta::Action>& actions);

  /// Writes commit 0 with `SomeProtocol`, `SomeMetadata` and the file "f0".
  void Create();

  /// Writes commits up to `count`, each with a file named "f" and its version.
  void Append(int64_t count);

  /// Writes the text of a commit, or of another file of the log.
  void Write(std::string_view location, std::string_view text) { store_.Put(location, text); }

  /// Removes the commits from `first` to `last`.
  void Forget(int64_t first, int64_t last);

  int64_t next_version() const { return next_version_; }

 private:
  datafusion::ObjectStore store_;
  int64_t next_version_ = 0;
};

}  // namespace deltaic::testing
