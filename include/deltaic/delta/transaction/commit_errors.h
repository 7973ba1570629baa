#pragma once

// The errors by which a caller can tell how a commit failed. Immutable, so safe to share between
// threads.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <deltaic/base/error.h>
#include <deltaic/base/export.h>

namespace deltaic::delta {

/// Why a transaction cannot be committed after others that won.
enum class ConflictKind : uint8_t {
  kProtocolChanged,         ///< The winner changed the protocol.
  kMetadataChanged,         ///< The winner changed schema, partitioning or properties.
  kConcurrentAppend,        ///< The winner added rows that should have been read.
  kConcurrentDeleteRead,    ///< The winner deleted rows that were read.
  kConcurrentDeleteDelete,  ///< Both delete rows of one file.
  kConcurrentFileChange,    ///< Both change one file in another way.
  kConcurrentTransaction,   ///< Both commit a transaction of one application.
  kConcurrentDomain,        ///< Both change the metadata of one domain.
  kTableCreated,            ///< The table to be created is there.
  kTableReplaced,           ///< Another table is in the place of the one that was read.
  kWinnersUnknown,          ///< What the winners did cannot be told any more.
  kTooManyRetries,          ///< Other writers were always faster.
};

/// Returns the kind's stable name in snake case, for example "concurrent_append".
DELTAIC_EXPORT std::string_view ConflictKindName(ConflictKind kind) noexcept;

/// Is thrown where a commit conflicts with one of another writer: nothing was committed, and the
/// transaction may be repeated on the newest version. Its code is `kConflict`.
class DELTAIC_EXPORT CommitConflict : public Error {
 public:
  /// What won: its version, and the operation that its commitInfo names.
  struct Winner {
    int64_t version = 0;
    std::optional<std::string> operation = {};
  };

  /// `what` is the first sentence of the message.
  CommitConflict(ConflictKind kind, std::string_view what, std::optional<Winner> winner,
                 int64_t attempts);
  ~CommitConflict() override;

  ConflictKind kind() const noexcept { return kind_; }
  /// Nothing where no single commit is to blame.
  const std::optional<Winner>& winner() const noexcept { return winner_; }
  /// How often a version was tried for.
  int64_t attempts() const noexcept { return attempts_; }

 private:
  ConflictKind kind_;
  std::optional<Winner> winner_;
  int64_t attempts_;
};

/// Is thrown where it is not known whether a commit was made. It was if the commit of `version()`
/// has the commitInfo.txnId `txn_id()`; otherwise it was not and, once that version is another
/// writer's, will not be. Its code is `kIo`, or `kCancelled` where the caller cancelled.
class DELTAIC_EXPORT CommitStateUnknown : public Error {
 public:
  CommitStateUnknown(ErrorCode code, int64_t version, std::string txn_id, std::string_view cause);
  ~CommitStateUnknown() override;

  int64_t version() const noexcept { return version_; }
  const std::string& txn_id() const noexcept { return txn_id_; }

 private:
  int64_t version_;
  std::string txn_id_;
};

}  // namespace deltaic::delta
