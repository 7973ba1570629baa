#include "delta/transaction/staged_actions.h"

#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string_view why, std::string_view name) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("A commit cannot have {}: {}", why, Excerpt(name)));
}

void CheckFile(const std::string& path, std::optional<int64_t> size) {
  if (path.empty()) Refuse("a file without a path", path);
  if (size.value_or(0) < 0) Refuse("a file with a negative size", ShownDataPath(path));
}

template <typename Kept>
void SetOnce(std::optional<Kept>& kept, Kept action, std::string_view name) {
  if (kept) Refuse("two actions of a kind of which one counts", name);
  kept = std::move(action);
}

}  // namespace

void StagedActions::Take(AddFile add) {
  CheckFile(add.path, add.size);
  FileChange& change = changes_[add.path];
  if (change.added) Refuse("a file that is added twice", ShownDataPath(add.path));
  std::string id = DeletionVectorIdOf(add.deletion_vector);
  if (change.removed == id) {
    Refuse("a file that is both added and removed as it is", ShownDataPath(add.path));
  }
  change.added = std::move(id);
  change.adds_data = add.data_change;
  adds_data_ |= add.data_change;
  added_.push_back(std::move(add));
}

void StagedActions::Take(RemoveFile remove) {
  CheckFile(remove.path, remove.size);
  FileChange& change = changes_[remove.path];
  if (change.removed) Refuse("a file that is removed twice", ShownDataPath(remove.path));
  std::string id = DeletionVectorIdOf(remove.deletion_vector);
  if (change.added == id) {
    Refuse("a file that is both added and removed as it is", ShownDataPath(remove.path));
  }
  change.removed = std::move(id);
  deletes_data_ |= remove.data_change;
  removed_.push_back(std::move(remove));
}

void StagedActions::Take(AddCdcFile change) {
  CheckFile(change.path, change.size);
  if (change.data_change) Refuse("a change file that changes data", ShownDataPath(change.path));
  if (!change_file_paths_.insert(change.path).second) {
    Refuse("a change file twice", ShownDataPath(change.path));
  }
  change_files_.push_back(std::move(change));
}

void StagedActions::Take(Metadata metadata) { SetOnce(metadata_, std::move(metadata), "metaData"); }

void StagedActions::Take(Protocol protocol) { SetOnce(protocol_, std::move(protocol), "protocol"); }

void StagedActions::Take(SetTransaction transaction) {
  if (transaction.app_id.empty()) Refuse("a transaction without an application", "txn");
  const std::string app_id = transaction.app_id;
  if (!transactions_.emplace(app_id, std::move(transaction)).second) {
    Refuse("two transactions of an application", app_id);
  }
}

void StagedActions::Take(DomainMetadata domain) {
  if (domain.domain.empty()) Refuse("the metadata of a domain without a name", "domainMetadata");
  const std::string name = domain.domain;
  if (!domains_.emplace(name, std::move(domain)).second) {
    Refuse("the metadata of a domain twice", name);
  }
}

void StagedActions::Add(Action action) {
  std::visit(
      [this](auto&& staged) {
        using Staged = std::decay_t<decltype(staged)>;
        if constexpr (std::is_same_v<Staged, CommitInfo>) {
          Refuse("an action that its transaction makes itself", "commitInfo");
        } else if constexpr (std::is_same_v<Staged, Sidecar> ||
                             std::is_same_v<Staged, CheckpointMetadata>) {
          Refuse("an action of checkpoints", "sidecar or checkpointMetadata");
        } else if constexpr (std::is_same_v<Staged, UnknownAction>) {
          Refuse("an action that is not known", staged.name);
        } else {
          Take(std::move(staged));
        }
      },
      std::move(action));
}

bool StagedActions::only_rearranges() const {
  return !changes_.empty() && !adds_data_ && !deletes_data_;
}

}  // namespace deltaic::delta
