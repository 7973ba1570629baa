#include "delta/transaction/post_commit.h"

#include <chrono>
#include <limits>

#include "base/clock.h"
#include "delta/log/checksum_writer.h"
#include "delta/log/commit_timestamp.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"

namespace deltaic::delta {
namespace {

// A checksum with more than that would cost more than it saves.
constexpr size_t kMaxTransactions = 1000;
constexpr size_t kMaxDomains = 1000;

TableState StateOf(const Snapshot& snapshot) {
  const std::string location = CommitLocation(snapshot.version());
  TableState state;
  state.protocol = {snapshot.protocol(), location};
  state.metadata = {snapshot.metadata(), location};
  state.transactions = snapshot.transactions();
  state.domains = snapshot.domains();
  return state;
}

}  // namespace

void WriteChecksum(const Snapshot& snapshot, const std::optional<std::string>& txn_id) {
  const ActiveFiles& files = snapshot.files();
  // Sums that are greater are not known.
  if (files.total_size() == std::numeric_limits<int64_t>::max()) return;
  VersionChecksum checksum{};
  checksum.table_size_bytes = files.total_size();
  checksum.num_files = files.size();
  checksum.protocol = snapshot.protocol();
  checksum.metadata = snapshot.metadata();
  if (FindInCommitTimestamps(snapshot.protocol(), snapshot.metadata())) {
    checksum.in_commit_timestamp = snapshot.timestamp_ms();
  }
  // Those that expire are there or not, depending on the checkpoint that a reader starts from.
  const bool keeps_transactions = !TableProperties(snapshot.metadata()).transaction_retention();
  if (keeps_transactions && snapshot.transactions().size() <= kMaxTransactions) {
    checksum.transactions = snapshot.transactions();
  }
  if (snapshot.domains().size() <= kMaxDomains) checksum.domains = snapshot.domains();
  if (!files.has_deletion_vectors()) {
    checksum.num_deletion_vectors = 0;
    checksum.num_deleted_records = 0;
  }
  WriteVersionChecksum(snapshot.store(), snapshot.version(), checksum, txn_id);
}

bool IsCheckpointDue(const Snapshot& snapshot) {
  const int64_t interval = TableProperties(snapshot.metadata()).checkpoint_interval();
  const bool is_multiple =
      interval > 0 && snapshot.version() > 0 && snapshot.version() % interval == 0;
  return is_multiple && IsPublished(snapshot.segment());
}

WrittenCheckpoint WriteCheckpoint(const Snapshot& snapshot) {
  CheckProtocolWritable(snapshot.protocol());
  return WriteCheckpoint(snapshot.access(), snapshot.segment(), StateOf(snapshot), NowMs());
}

std::vector<std::string> CleanUpLog(const Snapshot& snapshot, CatalogLeave leave) {
  CheckProtocolWritable(snapshot.protocol());
  return CleanUpLog(snapshot.access(), snapshot.protocol(), snapshot.metadata(), NowMs(), leave);
}

void WriteDueCheckpoint(const Snapshot& snapshot, std::optional<bool> cleanup) {
  if (!IsCheckpointDue(snapshot)) return;
  const TableAccess& access = snapshot.access();
  WriteCheckpoint(access, snapshot.segment(), StateOf(snapshot), NowMs());
  const bool is_of_catalog = access.catalog() != nullptr || NeedsCatalog(snapshot.protocol());
  const bool by_default =
      !is_of_catalog && TableProperties(snapshot.metadata()).cleans_expired_log();
  if (!cleanup.value_or(by_default)) return;
  CleanUpLog(access, snapshot.protocol(), snapshot.metadata(), NowMs(),
             is_of_catalog ? CatalogLeave::kGiven : CatalogLeave::kNotGiven);
}

std::vector<PostCommitStep> PostCommitSteps(const PostCommitProperties& properties) {
  std::vector<PostCommitStep> steps;
  steps.emplace_back(
      [](const Snapshot& snapshot, const std::string& txn_id) { WriteChecksum(snapshot, txn_id); });
  if (properties.create_checkpoint) {
    steps.emplace_back(
        [cleanup = properties.cleanup_expired_logs](const Snapshot& snapshot, const std::string&) {
          WriteDueCheckpoint(snapshot, cleanup);
        });
  }
  return steps;
}

}  // namespace deltaic::delta
