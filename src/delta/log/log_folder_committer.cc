#include <deltaic/delta/log/committer.h>

#include <optional>
#include <string>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

// Other writers of such a table heed a lock that this one does not take.
void RefuseLocks(const ObjectStore& store) {
  const Options& options = store.writer_options();
  const auto lock = options.find("aws_s3_locking_provider");
  if (lock == options.end() || lock->second.empty()) return;
  throw Error(ErrorCode::kUnsupportedFeature,
              fmt::format("Commits that a locking provider guards are not supported. Unset the "
                          "storage option aws_s3_locking_provider if every writer of the table "
                          "commits by conditional requests; it is now: {}",
                          lock->second));
}

// Who made the version; nothing where nobody did yet.
std::optional<CommitOutcome> FindOutcome(const ObjectStore& store, const std::string& location,
                                         std::string_view actions) {
  try {
    const bool is_own = store.Get(location).view() == actions;
    return is_own ? CommitOutcome::kCommitted : CommitOutcome::kConflict;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kFileNotFound) return std::nullopt;
    throw;
  }
}

Error Unknown(const Error& failure, int64_t version) {
  return {failure.code(),
          fmt::format("It is not known whether a commit was written; to try the same commit again "
                      "is safe. Version {}: {}",
                      version, failure.message())};
}

class LogFolder final : public Committer {
 public:
  CommitOutcome TryCommit(const ObjectStore& store, int64_t version,
                          std::string_view actions) const override {
    RefuseLocks(store);
    const std::string location = CommitLocation(version);
    std::optional<Error> failure;
    try {
      if (store.PutIfAbsent(location, actions)) return CommitOutcome::kCommitted;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kIo) throw;
      failure = error;
    }
    // Whether the answer failed or was "it is there": a commit that is there may be this one.
    try {
      const auto outcome = FindOutcome(store, location, actions);
      // It can be read, but did it come to stay? A disk may have failed after the file got its
      // name.
      if (failure && outcome == CommitOutcome::kCommitted) store.PutIfAbsent(location, actions);
      if (outcome) return *outcome;
    } catch (const Error& error) {
      if (!failure) failure = error;
    }
    if (failure) throw Unknown(*failure, version);
    return CommitOutcome::kConflict;  // It was there, and was cleaned up since.
  }
};

}  // namespace

CommitterPtr LogFolderCommitter() {
  static const CommitterPtr kCommitter = std::make_shared<const LogFolder>();
  return kCommitter;
}

}  // namespace deltaic::delta
