#include "delta/write/written_statistics.h"

#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.hpp>

#include "base/text/decimal_text.h"
#include "base/text/json_writer.h"
#include "base/text/temporal_text.h"
#include "columnar/arrow_append.h"
#include "columnar/arrow_column.h"
#include "columnar/batch_view.h"
#include "delta/statistics/statistics_bound.h"

namespace deltaic::delta {
namespace {

enum class Side { kMin, kMax };

void AddLeaves(const StructField& field, std::vector<std::string> path,
               std::vector<std::string> stored_path, std::vector<StatisticsLeaf>& leaves) {
  path.push_back(field.name);
  stored_path.push_back(field.stored_name());
  if (field.type.kind() != TypeKind::kStruct) {
    leaves.push_back({std::move(path), std::move(stored_path), field.type});
    return;
  }
  for (const StructField& inner : field.type.fields()) {
    AddLeaves(inner, path, stored_path, leaves);
  }
}

// The bytes of the first `count` characters.
size_t PrefixLength(std::string_view text, int count) {
  size_t end = 0;
  for (; count > 0 && end < text.size(); --count) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return end;
}

uint32_t LastCharacter(std::string_view text, size_t& begin) {
  begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[begin + i]); };
  switch (text.size() - begin) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    case 3:
      return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    default:
      return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 |
             (byte(3) & 0x3Fu);
  }
}

void AppendCharacter(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    tail(12), tail(6), tail(0);
  }
}

// The least text of these characters that is greater than all that begin with `text`; nothing where
// there is none.
std::optional<std::string> Successor(std::string text) {
  constexpr uint32_t kLast = 0x10FFFF;
  constexpr uint32_t kBeforeSurrogates = 0xD7FF;
  constexpr uint32_t kAfterSurrogates = 0xE000;
  while (!text.empty()) {
    size_t begin = 0;
    const uint32_t code = LastCharacter(text, begin);
    text.resize(begin);
    if (code >= kLast) continue;
    AppendCharacter(code == kBeforeSurrogates ? kAfterSurrogates : code + 1, text);
    return text;
  }
  return std::nullopt;
}

std::optional<std::string> TextBound(std::string_view text, Side side, int max_characters) {
  const size_t length = PrefixLength(text, max_characters);
  std::string cut(text.substr(0, length));
  if (length == text.size() || side == Side::kMin) return cut;
  return Successor(std::move(cut));
}

// Cut to milliseconds, as the protocol wants: readers know that a maximum may be larger.
std::optional<std::string> InstantText(int64_t micros, bool has_zone) {
  constexpr int64_t kMicrosPerMilli = 1000;
  const int64_t millis = micros / kMicrosPerMilli - (micros % kMicrosPerMilli < 0 ? 1 : 0);
  constexpr int64_t kYear1 = -62135596800000;
  constexpr int64_t kYear10000 = 253402300800000;
  if (millis < kYear1 || millis >= kYear10000) return std::nullopt;
  std::string text = FormatTimestamp(millis * kMicrosPerMilli);  // yyyy-MM-ddTHH:mm:ss.ffffffZ
  text.erase(text.size() - 4, 3);
  if (!has_zone) text.pop_back();
  return text;
}

// Writes one bound, or returns false where JSON has no text for it.
class BoundWriter {
 public:
  BoundWriter(const DataType& type, Side side, int max_characters)
      : type_(type), side_(side), max_characters_(max_characters) {}

  std::optional<std::string> Json(const ArrowColumn& column, const ArrowArrayView& view,
                                  int64_t row) const {
    switch (type_.kind()) {
      case TypeKind::kByte:
      case TypeKind::kShort:
      case TypeKind::kInteger:
      case TypeKind::kLong:
        return fmt::format("{}", column.Integer(row));
      case TypeKind::kBoolean:
        return column.Integer(row) != 0 ? "true" : "false";
      case TypeKind::kFloat:
        return Number(static_cast<float>(column.Floating(row)));
      case TypeKind::kDouble:
        return Number(column.Floating(row));
      case TypeKind::kDecimal:
        return FormatDecimal(Unscaled(view, row), type_.scale());
      case TypeKind::kDate: {
        auto text = FormatDate(static_cast<int32_t>(column.Integer(row)));
        // A year of other than four digits has a sign, which other readers do not know.
        constexpr size_t kLength = 10;
        if (!text || text->size() != kLength) return std::nullopt;
        return Quoted(*text);
      }
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampNtz:
        return Quoted(InstantText(column.Integer(row), type_.kind() == TypeKind::kTimestamp));
      case TypeKind::kTimestampNanos:
        return Quoted(FormatTimestampNanos(column.Integer(row)));
      case TypeKind::kTimestampNanosNtz:
        return Quoted(FormatTimestampNanosNtz(column.Integer(row)));
      case TypeKind::kString:
        return Quoted(TextBound(column.Text(row), side_, max_characters_));
      default:
        return std::nullopt;
    }
  }

 private:
  template <typename Float>
  static std::optional<std::string> Number(Float value) {
    if (!std::isfinite(value)) return std::nullopt;
    std::string text = fmt::format("{}", value);
    return text;
  }

  static std::optional<std::string> Quoted(const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    std::string json;
    JsonWriter(json).String(*text);
    return json;
  }

  static Int128 Unscaled(const ArrowArrayView& view, int64_t row) {
    ArrowDecimal decimal;
    constexpr int32_t kBits = 128;
    constexpr int32_t kMaxPrecision = 38;
    ArrowDecimalInit(&decimal, kBits, kMaxPrecision, 0);
    ArrowArrayViewGetDecimalUnsafe(&view, row, &decimal);
    const auto low = static_cast<unsigned __int128>(decimal.words[decimal.low_word_index]);
    const auto high = static_cast<unsigned __int128>(decimal.words[decimal.high_word_index]);
    return static_cast<Int128>(high << 64 | low);
  }

  const DataType& type_;
  Side side_;
  int max_characters_;
};

// Writes a value for each leaf that has one, as objects in objects.
class LeafWriter {
 public:
  explicit LeafWriter(JsonWriter& json) : json_(json) {}

  void Write(const std::vector<std::string>& path, std::string_view value) {
    size_t shared = 0;
    while (shared < open_.size() && shared + 1 < path.size() && open_[shared] == path[shared]) {
      ++shared;
    }
    CloseTo(shared);
    while (open_.size() + 1 < path.size()) {
      json_.Key(path[open_.size()]);
      json_.BeginObject();
      open_.push_back(path[open_.size()]);
    }
    json_.Key(path.back());
    json_.Raw(value);
  }

  void CloseTo(size_t depth) {
    for (; open_.size() > depth; open_.pop_back()) json_.EndObject();
  }

 private:
  JsonWriter& json_;
  std::vector<std::string> open_;
};

using LeafValue = std::function<std::optional<std::string>(size_t leaf)>;

void WriteSection(std::string_view name, const std::vector<StatisticsLeaf>& leaves,
                  const LeafValue& value, JsonWriter& json) {
  json.Key(name);
  json.BeginObject();
  LeafWriter writer(json);
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (const auto text = value(i)) writer.Write(leaves[i].stored_path, *text);
  }
  writer.CloseTo(0);
  json.EndObject();
}

const ArrowArrayView& ChildView(const Schema& schema, const ArrowArrayView& view,
                                std::string_view name) {
  return *view.children[schema.FindColumn(name)];
}

}  // namespace

std::vector<StatisticsLeaf> StatisticsLeavesOf(const std::vector<StructField>& columns) {
  std::vector<StatisticsLeaf> leaves;
  for (const StructField& column : columns) AddLeaves(column, {}, {}, leaves);
  return leaves;
}

std::vector<std::string> StatisticsOfFiles(const RecordBatch& files,
                                           const std::vector<StatisticsLeaf>& leaves,
                                           const StatisticsForm& form) {
  const nanoarrow::UniqueArrayView view = ViewOf(files);
  const ArrowColumn root(files.schema().c_schema(), view.get());
  const ArrowColumn nulls = root.Child("null_count");
  const auto bounds = [&](std::string_view name, Side side, int64_t row) {
    const ArrowColumn column = root.Child(name);
    const ArrowArrayView* values = &ChildView(files.schema(), *view.get(), name);
    return [&leaves, &form, column, values, side, row](size_t i) -> std::optional<std::string> {
      const ArrowColumn leaf = column.Field(static_cast<int64_t>(i));
      if (!HasBounds(leaves[i].type.kind()) || leaf.IsNull(row)) return std::nullopt;
      return BoundWriter(leaves[i].type, side, form.max_characters)
          .Json(leaf, *values->children[i], row);
    };
  };
  std::vector<std::string> texts;
  for (int64_t row = 0; row < files.num_rows(); ++row) {
    std::string& text = texts.emplace_back();
    JsonWriter json(text);
    json.BeginObject();
    json.Key("numRecords");
    json.Integer(root.Child("num_rows").Integer(row));
    if (!leaves.empty()) {
      WriteSection("minValues", leaves, bounds("min", Side::kMin, row), json);
      WriteSection("maxValues", leaves, bounds("max", Side::kMax, row), json);
      WriteSection(
          "nullCount", leaves,
          [&](size_t i) -> std::optional<std::string> {
            const ArrowColumn leaf = nulls.Field(static_cast<int64_t>(i));
            if (leaf.IsNull(row)) return std::nullopt;
            return fmt::format("{}", leaf.Integer(row));
          },
          json);
    }
    if (form.says_tight_bounds) {
      json.Key("tightBounds");
      json.Boolean(true);
    }
    json.EndObject();
  }
  return texts;
}

}  // namespace deltaic::delta
