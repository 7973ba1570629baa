#pragma once

// The fast way for lines of a commit: add and remove actions of a shape that was seen before go
// into columns without being parsed (see json_shape.h). One thread at a time.
//
//   {"add":{"path":"____","size":__,"stats":"{\"numRecords\":__}"}}     a shape, three holes
//                    |          |                          |
//   meaning       kPath      kSize                    kLeaf number 0
//
//   ShapeMemory::values(), row by row          after 64 rows, or another shape: Flush
//   row 0:  path 0 | size 0 | records 0        paths        <- path 0, path 1, ...
//   row 1:  path 1 | size 1 | records 1        sizes        <- size 0, size 1, ...
//   ...                                        statistics   <- records 0, records 1, ...
//
// The values are views of the commit's text until they are flushed, one column after the other.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "delta/actions/file_columns.h"
#include "delta/statistics/shape_memory.h"

namespace deltaic::delta {

class FileActionShapes {
 public:
  explicit FileActionShapes(AddedFilesBuilder& added) : added_(added) {}

  /// Takes the action that `json` begins with if it is of a known shape and ends with its line:
  /// into the added files, once they are flushed, or into `removed`. Returns its size in bytes, or
  /// 0 after a flush.
  size_t Take(std::string_view json, RemovedFiles& removed);

  /// Adds what was taken to the added files. The texts that it was taken from must still be there.
  void Flush();

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
    size_t path = 0;                // Its hole.
    std::vector<size_t> unsigneds;  // Holes of numbers that must not be negative.
    std::vector<HoleMeaning> holes;
    std::vector<uint32_t> null_partitions;  // Numbers of names.
    std::vector<LeafValue> constants;
  };
  struct Lesson;

  using Entry = ShapeMemory<Meaning>::Entry;

  // Whether the parser would take it as well.
  static bool IsGood(const Meaning& meaning, const ShapeValue* values);
  void FlushHole(HoleMeaning hole, const ShapeValue* first, size_t stride);

  AddedFilesBuilder& added_;
  ShapeMemory<Meaning> shapes_;
  // Add actions of one shape that are to be flushed: their values come row by row.
  const Entry* taken_ = nullptr;
  size_t num_taken_ = 0;
};

}  // namespace deltaic::delta
