#pragma once

// The `partitionValues` maps of many files as columns (PROTOCOL.md, "Add File and Remove File").
// A file has as many entries as its map: names and values are numbers of texts kept once.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "columnar/packed_integers.h"
#include "columnar/text_column.h"
#include "columnar/text_dictionary.h"

namespace deltaic::delta {

/// Maps by row. Immutable; safe to share.
class PartitionMaps {
 public:
  size_t num_rows() const { return row_ends_.size(); }

  /// The number of a name, or nothing where no row has it.
  std::optional<uint32_t> FindName(std::string_view name) const { return names_.Find(name); }
  size_t num_names() const { return names_.size(); }
  std::string_view name(uint32_t number) const { return names_[number]; }

  /// The text of a row's value; nothing for null or where the row lacks the name.
  std::optional<std::string_view> Find(size_t row, uint32_t name) const;

  /// Whether two rows have equal maps.
  bool RowEquals(size_t row, const PartitionMaps& other, size_t other_row) const;

 private:
  friend class PartitionMapsBuilder;

  static constexpr int64_t kNull = -1;

  // Where the row has the name among the entries.
  std::optional<size_t> FindEntry(size_t row, uint32_t name) const;
  std::optional<std::string_view> Value(size_t entry) const;

  TextDictionary names_;
  TextColumnBuilder values_;  // By number.
  // Entries by row, within one by the number of the name.
  PackedIntegers entry_names_;
  PackedIntegers entry_values_;
  PackedEnds row_ends_;
};

/// Makes maps of one set of rows after the other, in which names keep their numbers. One thread at
/// a time.
class PartitionMapsBuilder {
 public:
  /// The number of a name, to be used in entries.
  uint32_t InternName(std::string_view name) { return names_.Intern(name); }

  /// Adds an entry to the row under construction; no value is null.
  void Append(uint32_t name, std::optional<std::string_view> value) {
    entries_.push_back({name, value ? values_.Intern(*value) : PartitionMaps::kNull});
  }

  /// Ends the row; false if a name occurs twice in it.
  bool EndRow();

  /// Adds rows of other maps.
  void AppendRows(const PartitionMaps& from, std::span<const uint32_t> rows);

  /// The maps; the next ones start without rows.
  PartitionMaps Finish();

 private:
  struct Entry {
    uint32_t name;
    int64_t value;
  };

  TextDictionary names_;
  TextDictionary values_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> row_ends_;
};

}  // namespace deltaic::delta
