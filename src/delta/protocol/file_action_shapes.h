#pragma once

// The fast way for lines of a commit: add and remove actions of a shape that was seen before go
// into columns without being parsed (see json_shape.h). One thread at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "delta/protocol/file_columns.h"
#include "delta/protocol/shape_memory.h"

namespace deltaic::delta {

class FileActionShapes {
 public:
  explicit FileActionShapes(AddedFilesBuilder& added) : added_(added) {}

  /// Takes the action that `json` begins with if it is of a known shape and ends with its line:
  /// into the added files, or into `removed`. Returns its size in bytes, or 0.
  size_t Take(std::string_view json, RemovedFiles& removed);

  /// Learns from `object`, which the parser has found to be one add or remove action.
  void Learn(std::string_view object);

 private:
  enum class Target : uint8_t {
    kNothing,
    kPath,
    kSize,
    kModificationTime,
    kBaseRowId,
    kRowCommitVersion,
    kPartition,
    kLeaf
  };
  struct HoleMeaning {
    Target target;
    uint32_t number;  // Of a partition column's name, or of a leaf.
  };
  struct Meaning {
    bool is_add = true;
    std::vector<HoleMeaning> holes;
    std::vector<uint32_t> null_partitions;  // Numbers of names.
    std::vector<LeafValue> constants;
  };
  struct Lesson;

  bool TakeAdd(const Meaning& meaning, const std::vector<ShapeValue>& values);

  AddedFilesBuilder& added_;
  ShapeMemory<Meaning> shapes_;
};

}  // namespace deltaic::delta
