#pragma once

// Partition values that a checkpoint holds as columns, `partitionValues_parsed` (PROTOCOL.md,
// "Checkpoint Schema"): taken over without reading their texts.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>

#include "columnar/arrow_column.h"
#include "delta/actions/file_columns.h"

namespace deltaic::delta {

/// The column `partitionValues_parsed` of a batch.
class ParsedPartitionValues {
 public:
  /// Whether the column, a struct, can replace the texts: it has the table's partition columns by
  /// their stored names, each in its type and no others, and each value has one text only in the
  /// log (integers, dates, booleans and strings; not so timestamps, say).
  static bool CanStandForTexts(const ArrowColumn& column,
                               std::span<const StructField> partition_columns);

  /// `files` are those that rows are added to.
  ParsedPartitionValues(const ArrowColumn& column, AddedFilesBuilder& files);

  /// Adds the entries of a row to the one under construction; false where the column does not tell
  /// them.
  bool Import(int64_t row);

 private:
  // A column of values, and the last one's text: equal ones tend to follow each other.
  struct Field {
    ArrowColumn column;
    bool has_texts;
    uint32_t name;
    std::optional<int64_t> last_value;
    std::string last_text = {};
  };

  // Makes the text of a value of a column without texts; false where it has more than one.
  static bool MakeText(Field& field, int64_t value);

  const ArrowColumn column_;
  AddedFilesBuilder& files_;
  std::vector<Field> fields_;
};

}  // namespace deltaic::delta
