#pragma once

// Settings of commits as Python gives them.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <deltaic/delta/transaction/commit_properties.h>

namespace deltaic::python {

/// An application, its version, milliseconds since the Unix epoch.
using NativeTransaction = std::tuple<std::string, int64_t, std::optional<int64_t>>;
/// Custom metadata, retries, application transactions, if_committed, checkpoint, cleanup.
using NativeCommit =
    std::tuple<std::map<std::string, std::string>, std::optional<int64_t>,
               std::vector<NativeTransaction>, std::string, bool, std::optional<bool>>;

/// Throws `kInvalidArgument` for an unknown if_committed.
delta::CommitProperties CommitOf(const NativeCommit& native);
delta::PostCommitProperties PostCommitOf(const NativeCommit& native);

}  // namespace deltaic::python
