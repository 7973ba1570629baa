#include "native/native_commit.h"

#include <deltaic/base/error.h>

namespace deltaic::python {

delta::CommitProperties CommitOf(const NativeCommit& native) {
  delta::CommitProperties commit;
  commit.custom_metadata = std::get<0>(native);
  commit.max_commit_retries = std::get<1>(native);
  for (const auto& [app_id, version, last_updated] : std::get<2>(native)) {
    commit.app_transactions.push_back({app_id, version, last_updated});
  }
  const std::string& if_committed = std::get<3>(native);
  if (if_committed == "skip") {
    commit.if_committed = delta::IfCommitted::kSkip;
  } else if (if_committed == "error") {
    commit.if_committed = delta::IfCommitted::kFail;
  } else if (if_committed != "write") {
    throw Error(ErrorCode::kInvalidArgument,
                "if_committed is one of write, skip, error: " + if_committed);
  }
  return commit;
}

delta::PostCommitProperties PostCommitOf(const NativeCommit& native) {
  return {.create_checkpoint = std::get<4>(native), .cleanup_expired_logs = std::get<5>(native)};
}

}  // namespace deltaic::python
