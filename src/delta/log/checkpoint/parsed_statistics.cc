#include "delta/log/checkpoint/parsed_statistics.h"

#include <bit>
#include <cstring>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace deltaic::delta {
namespace {

constexpr size_t kMaxDepth = 128;

// Rows of a column, and what they are among the new rows.
struct Rows {
  std::vector<int64_t> sources;
  std::vector<uint32_t> targets;

  static Rows First(size_t size) {
    Rows rows;
    rows.sources.resize(size);
    rows.targets.resize(size);
    std::iota(rows.sources.begin(), rows.sources.end(), 0);
    std::iota(rows.targets.begin(), rows.targets.end(), 0);
    return rows;
  }

  // Whether they follow each other without a gap, there and here. Both ascend.
  bool AreRun() const {
    const auto spans = [](const auto& rows) {
      return static_cast<size_t>(rows.back() - rows.front()) + 1 == rows.size();
    };
    return !sources.empty() && spans(sources) && spans(targets);
  }

  // Those for which a struct column is there: its fields may hold anything where it is not.
  Rows In(const ArrowColumn& column) const {
    if (column.HasNoNulls()) return *this;
    Rows there;
    for (size_t i = 0; i < sources.size(); ++i) {
      if (column.IsNull(sources[i])) continue;
      there.sources.push_back(sources[i]);
      there.targets.push_back(targets[i]);
    }
    return there;
  }
};

// "tsu:UTC": how many microseconds the unit of a timestamp is; nothing for nanoseconds.
std::optional<int64_t> MicrosOfUnit(std::string_view format) {
  if (format.starts_with("tsu:")) return 1;
  if (format.starts_with("tsm:")) return 1000;
  if (format.starts_with("tss:")) return 1'000'000;
  return std::nullopt;
}

std::optional<int64_t> Product(int64_t value, int64_t factor) {
  int64_t result;
  if (__builtin_mul_overflow(value, factor, &result)) return std::nullopt;
  return result;
}

// "d:10,2": the scale of a decimal of 128 bits.
std::optional<int> ScaleOf(std::string_view format) {
  if (!format.starts_with("d:")) return std::nullopt;
  const size_t comma = format.find(',');
  if (comma == std::string_view::npos || format.find(',', comma + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view digits = format.substr(comma + 1);
  if (digits.empty() || digits.size() > 2) return std::nullopt;
  int scale = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    scale = scale * 10 + (c - '0');
  }
  return scale;
}

// Takes over the columns of one struct of statistics.
class Importer {
 public:
  explicit Importer(StatisticsLeavesBuilder& leaves)
      : leaves_(leaves), first_row_(static_cast<uint32_t>(leaves.num_rows())) {}

  void ImportCount(StatisticsSection section, const LeafPath& path, const ArrowColumn& column,
                   const Rows& rows) {
    if (IsInteger(column.format())) {
      Integers(section, path, LeafKind::kInteger, column, rows);
    }
  }

  void ImportTruth(StatisticsSection section, const ArrowColumn& column, const Rows& rows) {
    if (column.format() == "b") {
      Integers(section, {}, LeafKind::kBoolean, column, rows);
    }
  }

  void ImportBound(StatisticsSection section, const LeafPath& path, const ArrowColumn& column,
                   const Rows& rows) {
    const std::string_view format = column.format();
    if (IsInteger(format)) {
      Integers(section, path, LeafKind::kInteger, column, rows);
    } else if (format == "b") {
      Integers(section, path, LeafKind::kBoolean, column, rows);
    } else if (format == "tdD") {
      Integers(section, path, LeafKind::kDays, column, rows);
    } else if (format.starts_with("tsn:")) {
      Integers(section, path, LeafKind::kNanos, column, rows);
    } else if (const std::optional<int64_t> micros = MicrosOfUnit(format)) {
      Values(section, path, LeafKind::kMicros, column, rows,
             [&](int64_t row) { return Product(column.Integer(row), *micros); });
    } else if (format == "f" || format == "g") {
      Values(section, path, LeafKind::kFloating, column, rows, [&](int64_t row) {
        return std::optional(std::bit_cast<int64_t>(column.Floating(row)));
      });
    } else if (format == "vu") {
      Texts(section, path, LeafKind::kString, column, rows,
            [&](int64_t row) { return column.Text(row); });
    } else if (const std::optional<int> scale = ScaleOf(format)) {
      Texts(section, path, LeafKind::kDecimal, column, rows, [&](int64_t row) {
        Int128 unscaled;
        std::memcpy(&unscaled, column.Fixed(row, sizeof(unscaled)), sizeof(unscaled));
        return DecimalBytes(unscaled, *scale);
      });
    }
  }

  // The leaves below a struct of one section.
  void ImportFields(StatisticsSection section, LeafPath& path, const ArrowColumn& parent,
                    const Rows& rows) {
    if (!parent.has_type(NANOARROW_TYPE_STRUCT) || path.size() >= kMaxDepth) return;
    const Rows there = rows.In(parent);
    for (int64_t i = 0; i < parent.num_children(); ++i) {
      const ArrowColumn field = parent.Field(i);
      path.push_back(field.name());
      if (field.has_type(NANOARROW_TYPE_STRUCT)) {
        ImportFields(section, path, field, there);
      } else if (section == StatisticsSection::kNullCount) {
        ImportCount(section, path, field, there);
      } else {
        ImportBound(section, path, field, there);
      }
      path.pop_back();
    }
  }

 private:
  static bool IsInteger(std::string_view format) {
    return format.size() == 1 && std::string_view("csilCSI").find(format) != std::string_view::npos;
  }

  LeafColumnBuilder& Leaf(StatisticsSection section, const LeafPath& path, LeafKind kind) {
    return leaves_.ColumnOf(leaves_.InternLeaf(leaves_.InternPath(section, path), kind));
  }

  // What `read` makes of the rows that are not null.
  template <typename Read>
  void Values(StatisticsSection section, const LeafPath& path, LeafKind kind,
              const ArrowColumn& column, const Rows& rows, const Read& read) {
    LeafColumnBuilder& values = Leaf(section, path, kind);
    for (size_t i = 0; i < rows.sources.size(); ++i) {
      if (column.IsNull(rows.sources[i])) continue;
      const std::optional<int64_t> value = read(rows.sources[i]);
      if (value) values.AppendInteger(first_row_ + rows.targets[i], *value);
    }
  }

  void Integers(StatisticsSection section, const LeafPath& path, LeafKind kind,
                const ArrowColumn& column, const Rows& rows) {
    if (!column.has_type(NANOARROW_TYPE_INT64) || !column.HasNoNulls()) {
      Values(section, path, kind, column, rows,
             [&](int64_t row) { return std::optional(column.Integer(row)); });
      return;
    }
    LeafColumnBuilder& values = Leaf(section, path, kind);
    const int64_t* longs = column.Longs();
    if (rows.AreRun()) {
      values.AppendIntegers(first_row_ + rows.targets.front(),
                            {longs + rows.sources.front(), rows.sources.size()});
      return;
    }
    for (size_t i = 0; i < rows.sources.size(); ++i) {
      values.AppendInteger(first_row_ + rows.targets[i], longs[rows.sources[i]]);
    }
  }

  template <typename Read>
  void Texts(StatisticsSection section, const LeafPath& path, LeafKind kind,
             const ArrowColumn& column, const Rows& rows, const Read& read) {
    LeafColumnBuilder& values = Leaf(section, path, kind);
    for (size_t i = 0; i < rows.sources.size(); ++i) {
      if (column.IsNull(rows.sources[i])) continue;
      const auto text = read(rows.sources[i]);
      if (leaves_.Admits(text)) values.AppendText(first_row_ + rows.targets[i], text);
    }
  }

  StatisticsLeavesBuilder& leaves_;
  const uint32_t first_row_;
};

}  // namespace

void AppendParsedStatistics(const ArrowColumn& statistics, std::span<const int64_t> rows,
                            StatisticsLeavesBuilder& leaves) {
  Rows all;
  all.sources.assign(rows.begin(), rows.end());
  for (uint32_t i = 0; i < rows.size(); ++i) all.targets.push_back(i);
  const Rows there = all.In(statistics);
  Importer importer(leaves);
  importer.ImportCount(StatisticsSection::kNumRecords, {}, statistics.Child("numRecords"), there);
  importer.ImportTruth(StatisticsSection::kTightBounds, statistics.Child("tightBounds"), there);
  for (const auto& [section, name] : {std::pair(StatisticsSection::kNullCount, "nullCount"),
                                      std::pair(StatisticsSection::kMin, "minValues"),
                                      std::pair(StatisticsSection::kMax, "maxValues")}) {
    LeafPath path;
    importer.ImportFields(section, path, statistics.Child(name), there);
  }
  leaves.EndRows(rows.size());
}

void AppendBounds(std::string_view name, const ArrowColumn& min, const ArrowColumn& max,
                  size_t rows, StatisticsLeavesBuilder& leaves) {
  Importer importer(leaves);
  importer.ImportBound(StatisticsSection::kMin, {name}, min, Rows::First(rows));
  importer.ImportBound(StatisticsSection::kMax, {name}, max, Rows::First(rows));
}

}  // namespace deltaic::delta
