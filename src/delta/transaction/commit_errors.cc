#include <deltaic/delta/transaction/commit_errors.h>

#include <utility>

#include <fmt/format.h>

#include "base/text/excerpt.h"

namespace deltaic::delta {
namespace {

std::string ConflictMessage(ConflictKind kind, std::string_view what,
                            const std::optional<CommitConflict::Winner>& winner, int64_t attempts) {
  std::string message =
      fmt::format("The commit conflicts with another one ({}): {}", ConflictKindName(kind), what);
  if (winner) {
    message += fmt::format(" Version {} won", winner->version);
    if (winner->operation) message += fmt::format(", operation {}", Excerpt(*winner->operation));
    message += '.';
  }
  message += fmt::format(" Attempts: {}.", attempts);
  return message;
}

}  // namespace

std::string_view ConflictKindName(ConflictKind kind) noexcept {
  switch (kind) {
    case ConflictKind::kProtocolChanged:
      return "protocol_changed";
    case ConflictKind::kMetadataChanged:
      return "metadata_changed";
    case ConflictKind::kConcurrentAppend:
      return "concurrent_append";
    case ConflictKind::kConcurrentDeleteRead:
      return "concurrent_delete_read";
    case ConflictKind::kConcurrentDeleteDelete:
      return "concurrent_delete_delete";
    case ConflictKind::kConcurrentFileChange:
      return "concurrent_file_change";
    case ConflictKind::kConcurrentTransaction:
      return "concurrent_transaction";
    case ConflictKind::kConcurrentDomain:
      return "concurrent_domain";
    case ConflictKind::kTableCreated:
      return "table_created";
    case ConflictKind::kTableReplaced:
      return "table_replaced";
    case ConflictKind::kWinnersUnknown:
      return "winners_unknown";
    case ConflictKind::kTooManyRetries:
      return "too_many_retries";
  }
  return "";
}

CommitConflict::CommitConflict(ConflictKind kind, std::string_view what,
                               std::optional<Winner> winner, int64_t attempts)
    : Error(ErrorCode::kConflict, ConflictMessage(kind, what, winner, attempts)),
      kind_(kind),
      winner_(std::move(winner)),
      attempts_(attempts) {}

CommitConflict::~CommitConflict() = default;

CommitStateUnknown::CommitStateUnknown(ErrorCode code, int64_t version, std::string txn_id,
                                       std::string_view cause)
    : Error(code,
            fmt::format("It is not known whether the commit was made. It was if the commit of "
                        "version {} has the commitInfo.txnId {}. The cause: {}",
                        version, txn_id, cause)),
      version_(version),
      txn_id_(std::move(txn_id)) {}

CommitStateUnknown::~CommitStateUnknown() = default;

}  // namespace deltaic::delta
