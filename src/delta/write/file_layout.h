#pragma once

// Where new data files are, and what they are called (PROTOCOL.md, "Data Files"). Safe to call from
// any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Names the new data files of a table. Immutable.
class FileLayout {
 public:
  /// Files of the folder `folder` ("" = the table's root), of a table with the partition columns
  /// `partition_fields`, compressed by `codec`.
  FileLayout(const Metadata& metadata, std::vector<StructField> partition_fields,
             std::string_view codec, std::string folder = "");

  /// A location that no other file has: below folders that are named after the row's partition
  /// values, or below a random one where the table wants that (`delta.randomizeFilePrefixes`),
  /// maps its columns, or has values that are too long for names of folders.
  std::string NewLocation(const RecordBatch& partition) const;

 private:
  std::string Folders(const RecordBatch& partition) const;

  std::vector<StructField> partition_fields_;
  std::string folder_;
  std::string suffix_;
  int64_t random_length_ = 0;
};

}  // namespace deltaic::delta
