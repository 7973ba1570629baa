#pragma once

// Writes the deletion vectors of a commit, many in a file (PROTOCOL.md, "Deletion Vector Storage
// Format", "Deletion Vector File Storage Format"). One thread at a time.

#include <string>
#include <vector>

#include <deltaic/delta/log/table_access.h>

#include "delta/actions/file_actions.h"
#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {

/// New files of deletion vectors. They are removed again, as far as the store allows, unless they
/// are kept, because a commit has them or may have them.
class DeletionVectorFiles {
 public:
  explicit DeletionVectorFiles(TableAccess access) : access_(std::move(access)) {}
  DeletionVectorFiles(const DeletionVectorFiles&) = delete;
  DeletionVectorFiles& operator=(const DeletionVectorFiles&) = delete;
  ~DeletionVectorFiles();

  /// Adds a vector, and writes those before it once they fill a file. Throws `kResourcesExhausted`
  /// as `EncodeVector`, and the errors of the store.
  DeletionVector Add(const RowSet& rows);

  /// Writes what is left. To be called before the commit.
  void Finish();

  void Keep() { locations_.clear(); }

 private:
  TableAccess access_;
  std::string uuid_;   // Of the file that is being filled.
  std::string bytes_;  // Of that file.
  std::vector<std::string> locations_;
};

}  // namespace deltaic::delta
