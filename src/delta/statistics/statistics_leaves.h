#pragma once

// The statistics of many files, taken apart into columns: one for each leaf of the JSON texts
// (PROTOCOL.md, "Per-file Statistics"). Nothing is known here of the table's columns, nothing is
// lost, and no text is kept twice.
//
//   row 0  {"numRecords":5, "minValues":{"id":1, "at":{"day":"2024-01-01"}}}
//   row 1  {"numRecords":7, "minValues":{"id":2.5}}
//
//   path (section, names)    kind       leaf   values: row -> value
//   numRecords               kInteger     0    0 -> 5, 1 -> 7
//   minValues, id            kInteger     1    0 -> 1
//   minValues, id            kNumber      3    1 -> 2.5
//   minValues, at.day        kString      2    0 -> 2024-01-01
//
// Names of paths and numbers of leaves (`LeafNames`) are shared by all batches of a log; a batch
// holds a `LeafColumn` for each leaf of which it has values. A path has one value in a row at most.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/text/decimal_text.h"
#include "delta/statistics/leaf_column.h"

namespace deltaic::delta {

/// The members of statistics.
enum class StatisticsSection : uint8_t { kNumRecords, kTightBounds, kNullCount, kMin, kMax };

/// What a leaf's values are.
enum class LeafKind : uint8_t {
  kInteger,  ///< A number that is an int64.
  kNumber,   ///< Any other number, as its token.
  kInstant,  ///< A text "yyyy-MM-ddTHH:mm:ss.SSSZ", as milliseconds since the Unix epoch.
  kString,   ///< Any other text.
  kBoolean,  ///< 0 or 1.
  // Of statistics that are typed already:
  kFloating,  ///< The bits of a double.
  kDays,      ///< A date, as days since the Unix epoch.
  kMicros,    ///< A timestamp, as microseconds since the Unix epoch.
  kNanos,     ///< A timestamp, as nanoseconds since the Unix epoch.
  kDecimal,   ///< A decimal, as the bytes that `DecimalBytes` makes.
};
constexpr size_t kNumLeafKinds = 10;

/// A value for one leaf. `text` counts for texts and numbers, `integer` for all but texts; that of
/// a number is made by `PackNumber`.
struct LeafValue {
  uint32_t leaf;
  int64_t integer = 0;
  std::string_view text = {};
};

/// A decimal, `unscaled` * 10^-`scale`, as bytes, and back; nothing for other bytes.
std::string DecimalBytes(Int128 unscaled, int scale);
std::optional<DecimalNumber> DecimalOfBytes(std::string_view bytes);

/// Names from a top-level column down to a field. Views, valid as long as what they view.
using LeafPath = std::vector<std::string_view>;

/// The leaves that there are, by path and kind. Paths have a key, which tells their section as
/// well.
class LeafNames {
 public:
  /// The number of a path, and of the leaf that holds values of a kind there.
  uint32_t InternPath(std::string key);
  uint32_t InternLeaf(uint32_t path, LeafKind kind);

  struct Path {
    std::string key;
    uint32_t leaf[kNumLeafKinds];  // Number + 1; 0 = none.
  };
  static std::string KeyOf(StatisticsSection section, const LeafPath& path);
  /// Null where there is no such path.
  const Path* Find(const std::string& key) const;

  const std::vector<Path>& paths() const { return paths_; }

 private:
  std::vector<Path> paths_;
  uint32_t num_leaves_ = 0;
  std::unordered_map<std::string, uint32_t> numbers_;  // Paths by key.
};

/// Leaves by section, path and kind; rows are files. Immutable; safe to share.
class StatisticsLeaves {
 public:
  /// The columns of one path by kind; null where no row has such a value.
  struct Columns {
    const LeafColumn* by_kind[kNumLeafKinds] = {};
    const LeafColumn* operator[](LeafKind kind) const { return by_kind[static_cast<size_t>(kind)]; }
    bool empty() const {
      return std::ranges::all_of(by_kind, [](const LeafColumn* leaf) { return leaf == nullptr; });
    }
  };

  size_t num_rows() const { return num_rows_; }

  Columns Find(StatisticsSection section, const LeafPath& path) const;

  /// Whether two rows hold the same values.
  bool RowEquals(uint32_t row, const StatisticsLeaves& other, uint32_t other_row) const;

 private:
  friend class StatisticsLeavesBuilder;
  struct Leaf {
    uint32_t number;
    LeafColumn values;
  };

  Columns ColumnsOf(const LeafNames::Path& path) const;
  // The row's value there as it is in JSON, with a quote before texts; empty where there is none.
  static std::string ValueText(const Columns& columns, uint32_t row);

  size_t num_rows_ = 0;
  std::shared_ptr<const LeafNames> names_ = std::make_shared<const LeafNames>();
  std::vector<Leaf> leaves_;  // Those with values, ascending.
};

/// Makes one set of leaves after the other, in which numbers stay the same. One thread at a time.
class StatisticsLeavesBuilder {
 public:
  /// The number of a path in a section, and of the leaf that holds values of a kind there.
  uint32_t InternPath(StatisticsSection section, const LeafPath& path) {
    return InternPath(LeafNames::KeyOf(section, path));
  }
  uint32_t InternLeaf(uint32_t path, LeafKind kind);

  /// From now on, long texts of a set of leaves that take more bytes than this are left out, and
  /// unknown: a checkpoint may have one text for all of its files.
  void LimitLongTexts(size_t bytes) { max_long_texts_ = bytes; }

  /// Counts a text that is to be kept; false where it is left out.
  bool Admits(std::string_view text) {
    if (text.size() <= kLongText) return true;
    if (text.size() > max_long_texts_ - long_texts_) return false;
    long_texts_ += text.size();
    return true;
  }

  /// Adds values of a leaf to the next rows, at most one for a path and row: `value_at` returns
  /// them by row, with `integer` and `text`. `EndRows` ends the rows when all leaves have theirs.
  template <typename ValueAt>
  void AppendColumn(uint32_t leaf, size_t rows, const ValueAt& value_at) {
    LeafColumnBuilder& values = leaves_[leaf].values;
    const auto append = [&](const auto& append_one) {
      for (size_t i = 0; i < rows; ++i) {
        append_one(static_cast<uint32_t>(num_rows_ + i), value_at(i));
      }
    };
    switch (leaves_[leaf].kind) {
      case LeafKind::kNumber:
        append([&](uint32_t row, const auto& value) {
          if (Admits(value.text)) values.AppendNumber(row, value.integer, value.text);
        });
        break;
      case LeafKind::kString:
      case LeafKind::kDecimal:
        append([&](uint32_t row, const auto& value) {
          if (Admits(value.text)) values.AppendText(row, value.text);
        });
        break;
      default:
        append([&](uint32_t row, const auto& value) { values.AppendInteger(row, value.integer); });
    }
  }

  /// Adds a value to the row under construction, at most one for a path.
  void Append(const LeafValue& value) {
    AppendColumn(value.leaf, 1, [&](size_t) -> const LeafValue& { return value; });
  }

  /// Ends the row.
  void EndRow() { ++num_rows_; }

  /// Where the values of a leaf go that come as a column: those of the next rows, in their order,
  /// which `EndRows` ends when all leaves have theirs.
  LeafColumnBuilder& ColumnOf(uint32_t leaf) { return leaves_[leaf].values; }
  void EndRows(size_t rows) { num_rows_ += rows; }

  /// Adds rows of other leaves.
  void AppendRows(const StatisticsLeaves& from, std::span<const uint32_t> rows);

  size_t num_rows() const { return num_rows_; }

  /// The leaves; the next ones start without rows.
  StatisticsLeaves Finish();

 private:
  struct Leaf {
    LeafKind kind;
    LeafColumnBuilder values;
  };

  // Longer ones are kept as they are (`PackedTexts`).
  static constexpr size_t kLongText = 256;

  uint32_t InternPath(std::string key);
  LeafNames& MutableNames();

  size_t num_rows_ = 0;
  size_t max_long_texts_ = std::numeric_limits<size_t>::max();
  size_t long_texts_ = 0;
  std::shared_ptr<LeafNames> names_ = std::make_shared<LeafNames>();
  std::vector<Leaf> leaves_;
};

/// Reads a text of kind `kInstant`; false where it is none.
bool ParseInstant(std::string_view text, int64_t& milliseconds);

/// The text that `ParseInstant` reads as `milliseconds`.
std::string InstantText(int64_t milliseconds);

}  // namespace deltaic::delta
