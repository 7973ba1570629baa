#pragma once

#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <deltaic/delta/log/table_access.h>

#include "delta/write/data_file_writer.h"

namespace deltaic::delta {

/// Data files that are removed again unless they are kept, because a commit has them or may have
/// them. One thread at a time.
class NewFiles {
 public:
  explicit NewFiles(TableAccess access) : access_(std::move(access)) {}
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles() {
    std::vector<std::string> paths;
    for (const AddFile& add : files_) paths.push_back(add.path);
    for (const AddCdcFile& change : change_files_) paths.push_back(change.path);
    if (!paths.empty()) RemoveDataFiles(access_, paths);
  }

  void Add(const DataFiles& written) {
    files_.insert(files_.end(), written.files.begin(), written.files.end());
  }
  void Add(std::vector<AddCdcFile> written) {
    change_files_.insert(change_files_.end(), std::make_move_iterator(written.begin()),
                         std::make_move_iterator(written.end()));
  }
  /// Puts files in the place of others, which are removed.
  void Replace(const DataFiles& old, const DataFiles& anew) {
    std::set<std::string> gone;
    for (const AddFile& add : old.files) gone.insert(add.path);
    std::erase_if(files_, [&](const AddFile& add) { return gone.contains(add.path); });
    Add(anew);
    RemoveDataFiles(access_, {gone.begin(), gone.end()});
  }
  const std::vector<AddFile>& files() const { return files_; }
  const std::vector<AddCdcFile>& change_files() const { return change_files_; }
  void Keep() {
    files_.clear();
    change_files_.clear();
  }

 private:
  TableAccess access_;
  std::vector<AddFile> files_;
  std::vector<AddCdcFile> change_files_;
};

}  // namespace deltaic::delta
