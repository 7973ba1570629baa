#pragma once

// The state of a table at one version (PROTOCOL.md, "Action Reconciliation").

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/schema.h>
#include <deltaic/datafusion/object_store.h>
#include <deltaic/delta/log/catalog_commits.h>
#include <deltaic/delta/protocol/actions.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/snapshot/active_files.h>

namespace deltaic::delta {

/// Where a file is.
struct FilePlace {
  /// 0 is `Snapshot::store()`; from 1 on, what that store allows (`ObjectStore::allowed_roots`).
  int64_t store = 0;
  std::string location;  ///< In that store.
};

/// An immutable snapshot. Shared by const pointer between threads. Statistics of its files are
/// typed, and those of a large checkpoint and deletion vectors read, when they are first asked for;
/// that changes no answer.
class DELTAIC_EXPORT Snapshot {
 public:
  struct State {
    datafusion::ObjectStore store;
    int64_t version = 0;
    int64_t timestamp_ms = 0;
    Protocol protocol;
    Metadata metadata;
    DataType schema;
    std::map<std::string, SetTransaction> transactions;
    std::map<std::string, DomainMetadata> domains;  ///< Without removed ones.
    ActiveFiles files;
    CatalogCommitsPtr catalog = nullptr;
    std::vector<std::string> warnings = {};
  };
  explicit Snapshot(State state);

  /// The table's root.
  const datafusion::ObjectStore& store() const { return state_.store; }
  int64_t version() const { return state_.version; }
  /// When the version was committed, in milliseconds since the Unix epoch: its in-commit timestamp,
  /// or the time of its file where the table has none.
  int64_t timestamp_ms() const { return state_.timestamp_ms; }
  const Protocol& protocol() const { return state_.protocol; }
  const Metadata& metadata() const { return state_.metadata; }
  /// The logical schema, in the table's own column order.
  const DataType& schema() const { return state_.schema; }
  const std::map<std::string, SetTransaction>& transactions() const { return state_.transactions; }
  const std::map<std::string, DomainMetadata>& domains() const { return state_.domains; }
  const ActiveFiles& files() const { return state_.files; }

  /// The same version with other files, in all else as it is.
  std::shared_ptr<const Snapshot> WithFiles(ActiveFiles files) const;

  /// What was handed in of the catalog that manages the table; null where the log folder alone
  /// counts.
  const CatalogCommitsPtr& catalog() const { return state_.catalog; }

  /// What was wrong with the log and could be done without, such as a checkpoint that cannot be
  /// read: a sentence each. A snapshot that was refreshed tells of what came since.
  const std::vector<std::string>& warnings() const { return state_.warnings; }

  /// What live file number `file` is called: its path, decoded and relative to the root, or
  /// `FileUri` where it is not below the root. Throws `kCorruptLog` for what is no path of a file.
  std::string FileLocation(int64_t file) const { return LocationOf(files().path(file)); }

  /// The full name of live file number `file`: an absolute local path or a URL, decoded.
  std::string FileUri(int64_t file) const;

  /// `FileLocation` of a path as the log spells it.
  std::string LocationOf(std::string_view path) const;

  /// Where to read a file that the log names by `path`. Throws `kPermissionDenied` where it is
  /// below neither the table's root nor one that the storage options `allowed_root_…` name.
  FilePlace PlaceOf(std::string_view path) const;

  /// The store that a place is in.
  const datafusion::ObjectStore& StoreOf(const FilePlace& place) const;

  /// Where to read the deletion vector of live file number `file`, which must have one that is not
  /// inline. Throws as `PlaceOf` does.
  FilePlace PlaceOfDeletionVector(int64_t file) const;

 private:
  State state_;
  std::vector<std::string> root_urls_;  // Of `store()` and those that it allows.
};

}  // namespace deltaic::delta
