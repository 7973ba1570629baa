#pragma once

// The actions that a transaction is going to commit (PROTOCOL.md, "Actions", "Add File and Remove
// File"). One thread at a time.

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delta/actions/action.h"

namespace deltaic::delta {

/// Actions that can be in one commit together: none that another one of them replaces.
class StagedActions {
 public:
  /// What is done to the file of a path.
  struct FileChange {
    std::optional<std::string> added;    ///< The id of the deletion vector, "" for none.
    std::optional<std::string> removed;  ///< Likewise.
    bool adds_data = false;              ///< Whether the add changes data.
  };

  /// Takes an action. Throws `kInvalidArgument` naming it where the commit cannot have it: a second
  /// one of its kind or for its path, domain or application; a file that is removed with the same
  /// deletion vector; a size below 0 or an empty path; a commitInfo, which the transaction
  /// makes; and what belongs to checkpoints.
  void Add(Action action);

  const std::optional<Protocol>& protocol() const { return protocol_; }
  const std::optional<Metadata>& metadata() const { return metadata_; }
  const std::map<std::string, SetTransaction>& transactions() const { return transactions_; }
  const std::map<std::string, DomainMetadata>& domains() const { return domains_; }
  const std::vector<AddFile>& added() const { return added_; }
  const std::vector<RemoveFile>& removed() const { return removed_; }
  const std::vector<AddCdcFile>& change_files() const { return change_files_; }

  /// The changes of added and removed files by path.
  const std::unordered_map<std::string, FileChange>& changes() const { return changes_; }

  /// Whether rows go: a file is removed as a change of data.
  bool deletes_data() const { return deletes_data_; }

  /// Whether files are added or removed, and none of them as a change of data.
  bool only_rearranges() const;

 private:
  void Take(AddFile add);
  void Take(RemoveFile remove);
  void Take(AddCdcFile change);
  void Take(Metadata metadata);
  void Take(Protocol protocol);
  void Take(SetTransaction transaction);
  void Take(DomainMetadata domain);

  std::optional<Protocol> protocol_;
  std::optional<Metadata> metadata_;
  std::map<std::string, SetTransaction> transactions_;
  std::map<std::string, DomainMetadata> domains_;
  std::vector<AddFile> added_;
  std::vector<RemoveFile> removed_;
  std::vector<AddCdcFile> change_files_;
  std::unordered_map<std::string, FileChange> changes_;
  std::unordered_set<std::string> change_file_paths_;
  bool adds_data_ = false;
  bool deletes_data_ = false;
};

}  // namespace deltaic::delta
