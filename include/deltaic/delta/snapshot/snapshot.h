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
#include <deltaic/delta/log/table_access.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>
#include <deltaic/delta/snapshot/active_files.h>

namespace deltaic::delta {

struct LogSegment;
struct SnapshotState;

/// Where a file is.
struct FilePlace {
  /// 0 is `Snapshot::store()`; from 1 on, one of `TableAccess::allowed_roots`.
  int64_t store = 0;
  std::string location;  ///< In that store.

  bool operator==(const FilePlace&) const = default;
};

/// An immutable snapshot, cheap to copy and shared by const pointer between threads. Three things
/// are added to it when they are first asked for, which changes no answer: statistics of files as
/// typed columns, statistics of a large checkpoint, and what deletion vectors delete.
class DELTAIC_EXPORT Snapshot {
 public:
  explicit Snapshot(SnapshotState state);

  /// By what the table was read.
  const TableAccess& access() const;
  /// The table's root.
  const datafusion::ObjectStore& store() const { return access().store(); }
  int64_t version() const;
  /// When the version was committed, in milliseconds since the Unix epoch: its in-commit timestamp,
  /// or the time of its file where the table has none.
  int64_t timestamp_ms() const;
  const Protocol& protocol() const;
  const Metadata& metadata() const;
  /// The logical schema, in the table's own column order.
  const DataType& schema() const;
  const std::map<std::string, SetTransaction>& transactions() const;
  /// Without removed ones.
  const std::map<std::string, DomainMetadata>& domains() const;
  const ActiveFiles& files() const;

  /// The files of the log that lead to this version, for the library: those that it was read from,
  /// or, of a refreshed snapshot, fewer where the log has a newer checkpoint.
  const LogSegment& segment() const;

  /// The same version with other files, in all else as it is.
  std::shared_ptr<const Snapshot> WithFiles(ActiveFiles files) const;

  /// What was wrong with the log and could be done without, such as a checkpoint that cannot be
  /// read: a sentence each. A snapshot that was refreshed tells of what came since.
  const std::vector<std::string>& warnings() const;

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
  std::shared_ptr<const SnapshotState> state_;
};

}  // namespace deltaic::delta
