#pragma once

#include <memory>

#include <deltaic/base/export.h>
#include <deltaic/datafusion/data_frame.h>
#include <deltaic/delta/operations/write_table.h>

namespace deltaic::delta {

/// Several writes to one table that become one version, all of them or none. A linear resource of
/// one thread at a time. Data files are written at once and removed again, as far as the store
/// allows, if the transaction is not committed.
class DELTAIC_EXPORT WriteTransaction {
 public:
  /// Begins at `snapshot`, the version that the caller knows; null begins a table that is not there
  /// yet. Throws `kUnsupportedFeature` for a table that cannot be written.
  WriteTransaction(TableAccess access, std::shared_ptr<const Snapshot> snapshot);
  ~WriteTransaction();
  WriteTransaction(WriteTransaction&&) noexcept;
  WriteTransaction& operator=(WriteTransaction&&) noexcept;

  /// Writes rows; the request's `commit` and `post_commit` do not count. An overwrite must come
  /// first. Throws as `WriteTable`; the writes before are kept then.
  WriteMetrics Write(const datafusion::DataFrame& rows, const WriteRequest& request);

  /// Commits all writes. Throws as `WriteTable`. The transaction is at its end then.
  CommitResult Commit(const CommitProperties& commit = {},
                      const PostCommitProperties& post_commit = {});

  /// What all writes together did. Rows with values of identity columns are written again where
  /// another writer has taken those: the files are those of the commit then.
  const WriteMetrics& total() const { return total_; }

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
  WriteMetrics total_;
};

}  // namespace deltaic::delta
