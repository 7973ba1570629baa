#pragma once

// Partition values: texts in the log, typed columns for the engine (PROTOCOL.md, "Partition Value
// Serialization"). Pure functions.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nanoarrow/nanoarrow.h>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/data_type.h>

namespace deltaic::delta {

/// The text of a row's partition value, `column` counting within the wanted columns; nothing for
/// null. The view must last until the next call.
using PartitionText = std::function<std::optional<std::string_view>(int64_t row, size_t column)>;

/// The zone of timestamps that name none.
struct PartitionZone {
  std::string name = "UTC";
  /// The instant at which a clock of the zone shows a time, both in microseconds since the Unix
  /// epoch; nothing for one that is too far away. Null for UTC.
  std::function<std::optional<int64_t>(int64_t local_micros)> to_utc = nullptr;
};

/// Whether the text of a value of `column` is null.
bool IsNullPartition(const StructField& column, std::optional<std::string_view> text);

/// Types the partition values of `num_rows` files: a row a file, the columns those of
/// `ToArrowSchema(columns, ArrowNullability::kAll)`, all of them primitive.
///
/// An empty text is null, but for strings and binaries that the table says are not. Timestamps
/// without a zone are of `zone`, binaries are the bytes of the text. A text that is not a value of
/// its type throws `kCorruptLog` naming column and text.
RecordBatch ParsePartitionValues(const std::vector<StructField>& columns, int64_t num_rows,
                                 const PartitionText& text, const PartitionZone& zone = {});

/// Writes the values of one column: the text that the log holds for each row, nothing for null.
///
/// The column's type is that of `ToArrowField`, whatever the layout of its texts and binaries.
/// Empty texts and binaries are null, as the protocol reads them; timestamps are written in UTC
/// with a "Z", so that they mean one instant to readers of any zone. Throws `kInvalidArgument`
/// naming the column for a type that no partition has, a binary that is no UTF-8, and a date of a
/// year that no text holds.
std::vector<std::optional<std::string>> FormatPartitionValues(const StructField& column,
                                                              const ArrowArrayView& values);

}  // namespace deltaic::delta
