#pragma once

#include <set>
#include <string>
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
  ~NewFiles() { RemoveDataFiles(access_, files_); }

  void Add(const DataFiles& written) {
    files_.insert(files_.end(), written.files.begin(), written.files.end());
  }
  /// Puts files in the place of others, which are removed.
  void Replace(const DataFiles& old, const DataFiles& anew) {
    std::set<std::string> gone;
    for (const AddFile& add : old.files) gone.insert(add.path);
    std::erase_if(files_, [&](const AddFile& add) { return gone.contains(add.path); });
    Add(anew);
    RemoveDataFiles(access_, old.files);
  }
  const std::vector<AddFile>& files() const { return files_; }
  void Keep() { files_.clear(); }

 private:
  TableAccess access_;
  std::vector<AddFile> files_;
};

}  // namespace deltaic::delta
