#pragma once

// The `partitionValues` maps of many files as columns (PROTOCOL.md, "Add File and Remove File").
// A file has as many entries as its map: names and values are numbers of texts kept once.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "delta/protocol/text_column.h"
#include "delta/protocol/text_dictionary.h"

namespace deltaic::delta {

/// Maps by row. Building needs exclusive access; afterwards it may be shared.
class PartitionMaps {
 public:
  /// Stands for a null value.
  static constexpr uint32_t kNull = UINT32_MAX;

  /// Maps with the same numbers of names, without rows, with room for as many.
  PartitionMaps EmptyLike() const {
    PartitionMaps empty;
    empty.names_ = names_;
    empty.entries_.reserve(entries_.size());
    empty.row_ends_.reserve(row_ends_.size());
    return empty;
  }

  /// The number of a name, to be used in entries.
  uint32_t InternName(std::string_view name) { return names_.Intern(name); }

  /// Adds an entry to the row under construction. `value` counts in the texts, or is `kNull`.
  void Append(uint32_t name, uint32_t value) { entries_.push_back({name, value}); }

  /// Ends the row; false if a name occurs twice in it.
  bool EndRow();

  size_t num_rows() const { return row_ends_.size() - 1; }

  /// The number of a name, or nothing where no row has it.
  std::optional<uint32_t> FindName(std::string_view name) const { return names_.Find(name); }
  size_t num_names() const { return names_.size(); }
  std::string_view name(uint32_t number) const { return names_[number]; }

  /// The number of the value's text, or `kNull` for null or where the row lacks the name.
  uint32_t FindValue(size_t row, uint32_t name) const;

  /// Whether two rows have equal maps, with the texts of values in `texts`.
  bool RowEquals(size_t row, const TextColumn& texts, const PartitionMaps& other, size_t other_row,
                 const TextColumn& other_texts) const;

 private:
  struct Entry {
    uint32_t name;
    uint32_t value;
  };

  TextDictionary names_;
  std::vector<Entry> entries_;            // Sorted by name within a row.
  std::vector<uint32_t> row_ends_ = {0};  // Row i has entries [row_ends_[i], row_ends_[i + 1]).
};

}  // namespace deltaic::delta
