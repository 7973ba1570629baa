#include "delta/protocol/file_statistics.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <deltaic/base/cancellation.h>
#include <simdjson.h>

#include "delta/protocol/json_text.h"
#include "delta/protocol/statistics_bound.h"
#include "delta/protocol/statistics_columns.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

// Numbers of wanted columns by name.
class ColumnNames {
 public:
  explicit ColumnNames(const std::vector<StructField>& columns) {
    for (size_t i = 0; i < columns.size(); ++i) {
      sorted_.emplace_back(columns[i].name, i);
      lengths_ |= LengthBit(columns[i].name.size());
      in_order_.push_back(columns[i].name);
    }
    std::ranges::sort(sorted_);
  }

  // `expected` is tried first: writers keep the order of the schema.
  std::optional<size_t> Find(std::string_view name, size_t expected) const {
    if ((lengths_ & LengthBit(name.size())) == 0) return std::nullopt;
    if (expected < in_order_.size() && in_order_[expected] == name) return expected;
    auto found = std::ranges::lower_bound(sorted_, name, {}, &Entry::first);
    if (found == sorted_.end() || found->first != name) return std::nullopt;
    return found->second;
  }

 private:
  using Entry = std::pair<std::string_view, size_t>;

  static uint64_t LengthBit(size_t length) { return uint64_t{1} << (length % 64); }

  std::vector<Entry> sorted_;
  std::vector<std::string_view> in_order_;
  uint64_t lengths_ = 0;  // Most unwanted columns are told by the length of their name.
};

// A key as it is; unescaped only where it has escapes.
simdjson::error_code GetKey(ondemand::field& field, std::string_view& key) {
  const char* begin = field.key().raw();
  const char* end = begin;
  while (*end != '"' && *end != '\\') ++end;  // Strings are closed, or the text did not parse.
  if (*end == '\\') return field.unescaped_key().get(key);
  key = std::string_view(begin, end - begin);
  return simdjson::SUCCESS;
}

// Reads the statistics of one file at a time. Errors of the JSON are returned; values that make
// no sense are left unknown.
class RowReader {
 public:
  explicit RowReader(const StatisticsRequest& request)
      : columns_(request.columns),
        string_prefix_length_(request.string_prefix_length),
        names_(request.columns),
        seen_(request.columns.size()),
        statistics_(request.columns.size()) {}

  void Read(std::string_view json) {
    Reset();
    if (json.empty()) return;
    if (Parse(json) != simdjson::SUCCESS) Reset();
    for (size_t i = 0; i < columns_.size(); ++i) Settle(columns_[i].type.kind(), statistics_[i]);
  }

  StatisticsCount num_records() const { return num_records_; }
  const std::vector<ColumnStatistics>& statistics() const { return statistics_; }
  bool is_tight() const { return is_tight_; }

 private:
  enum Section : uint8_t { kNullCount = 1, kMin = 2, kMax = 4 };

  void Reset() {
    num_records_ = kUnknownCount;
    has_num_records_ = false;
    is_tight_ = true;
    std::ranges::fill(seen_, uint8_t{0});
    std::ranges::fill(statistics_, ColumnStatistics{});
  }

  simdjson::padded_string_view Pad(std::string_view json);
  simdjson::error_code Parse(std::string_view json);
  simdjson::error_code ParseMember(std::string_view key, ondemand::value value);
  simdjson::error_code ParseCount(ondemand::value value, StatisticsCount& count);
  simdjson::error_code ParseTightness(ondemand::value value);
  simdjson::error_code ParseSection(Section section, ondemand::value value);
  simdjson::error_code ParseEntry(Section section, size_t column, ondemand::value value);
  void Settle(TypeKind kind, ColumnStatistics& column) const;

  const std::vector<StructField>& columns_;
  const int string_prefix_length_;
  const ColumnNames names_;
  ondemand::parser parser_;
  std::unique_ptr<char[]> buffer_;
  size_t buffer_size_ = 0;

  // Of the current file. Texts of bounds are views of the buffers.
  StatisticsCount num_records_ = kUnknownCount;
  bool has_num_records_ = false;
  bool is_tight_ = true;
  std::vector<uint8_t> seen_;  // Sections that had the column; the first time counts.
  std::vector<ColumnStatistics> statistics_;
};

simdjson::padded_string_view RowReader::Pad(std::string_view json) {
  size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_size_ < needed) {
    buffer_size_ = std::max(needed, 2 * buffer_size_);
    buffer_ = std::make_unique<char[]>(buffer_size_);
  }
  std::memcpy(buffer_.get(), json.data(), json.size());
  return simdjson::padded_string_view(buffer_.get(), json.size(), buffer_size_);
}

simdjson::error_code RowReader::Parse(std::string_view json) {
  ondemand::document document;
  SIMDJSON_TRY(parser_.iterate(Pad(json)).get(document));
  ondemand::object members;
  SIMDJSON_TRY(document.get_object().get(members));
  for (auto member : members) {
    ondemand::field field;
    SIMDJSON_TRY(std::move(member).get(field));
    std::string_view key;
    SIMDJSON_TRY(GetKey(field, key));
    SIMDJSON_TRY(ParseMember(key, field.value()));
  }
  // Nothing may follow the object.
  auto rest = document.current_location().error();
  return rest == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

simdjson::error_code RowReader::ParseMember(std::string_view key, ondemand::value value) {
  if (key == "numRecords") {
    if (std::exchange(has_num_records_, true)) return simdjson::SUCCESS;
    return ParseCount(value, num_records_);
  }
  if (key == "tightBounds") return ParseTightness(value);
  if (columns_.empty()) return simdjson::SUCCESS;
  if (key == "nullCount") return ParseSection(kNullCount, value);
  if (key == "minValues") return ParseSection(kMin, value);
  if (key == "maxValues") return ParseSection(kMax, value);
  return simdjson::SUCCESS;
}

// Texts of numbers reach up to the next token.
std::string_view TrimEnd(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\n' ||
                            token.back() == '\r')) {
    token.remove_suffix(1);
  }
  return token;
}

simdjson::error_code RowReader::ParseCount(ondemand::value value, StatisticsCount& count) {
  ondemand::json_type type;
  SIMDJSON_TRY(value.type().get(type));
  if (type != ondemand::json_type::number) return simdjson::SUCCESS;
  static const DataType kLong = DataType::Primitive(TypeKind::kLong);
  Bound number = ParseBound(kLong, BoundSide::kMin,
                            {.is_string = false, .text = TrimEnd(value.raw_json_token())}, 0);
  if (number.is_known && number.integer >= 0) count = number.integer;
  return simdjson::SUCCESS;
}

simdjson::error_code RowReader::ParseTightness(ondemand::value value) {
  bool is_tight;
  if (value.get_bool().get(is_tight) != simdjson::SUCCESS) is_tight = false;
  is_tight_ = is_tight_ && is_tight;
  return simdjson::SUCCESS;
}

simdjson::error_code RowReader::ParseSection(Section section, ondemand::value value) {
  ondemand::json_type type;
  SIMDJSON_TRY(value.type().get(type));
  if (type != ondemand::json_type::object) return simdjson::SUCCESS;
  ondemand::object members;
  SIMDJSON_TRY(value.get_object().get(members));
  size_t left = columns_.size();
  size_t expected = 0;
  for (auto member : members) {
    ondemand::field field;
    SIMDJSON_TRY(std::move(member).get(field));
    std::string_view key;
    SIMDJSON_TRY(GetKey(field, key));
    auto column = names_.Find(key, expected);
    if (!column || (seen_[*column] & section) != 0) continue;
    seen_[*column] |= section;
    SIMDJSON_TRY(ParseEntry(section, *column, field.value()));
    if (--left == 0) break;
    expected = *column + 1;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code RowReader::ParseEntry(Section section, size_t column, ondemand::value value) {
  ColumnStatistics& statistics = statistics_[column];
  if (section == kNullCount) return ParseCount(value, statistics.null_count);
  const DataType& column_type = columns_[column].type;
  if (!HasBounds(column_type.kind())) return simdjson::SUCCESS;
  ondemand::json_type type;
  SIMDJSON_TRY(value.type().get(type));
  StatisticsScalar scalar{.is_string = type == ondemand::json_type::string, .text = {}};
  if (scalar.is_string) {
    SIMDJSON_TRY(value.get_string().get(scalar.text));
  } else if (type == ondemand::json_type::number) {
    scalar.text = TrimEnd(value.raw_json_token());
  } else {
    return simdjson::SUCCESS;
  }
  BoundSide side = section == kMin ? BoundSide::kMin : BoundSide::kMax;
  (section == kMin ? statistics.min : statistics.max) =
      ParseBound(column_type, side, scalar, string_prefix_length_);
  return simdjson::SUCCESS;
}

// Drops what the parts say against each other, once all are known.
void RowReader::Settle(TypeKind kind, ColumnStatistics& column) const {
  bool all_null = num_records_ >= 0 && column.null_count == num_records_;
  bool is_contradictory = num_records_ >= 0 && column.null_count > num_records_;
  // Wide bounds: rows may be deleted, so that only "none" and "all" say something of the rest.
  bool is_vague = !is_tight_ && column.null_count != 0 && !all_null;
  if (is_contradictory || is_vague) column.null_count = kUnknownCount;
  bool is_reversed =
      column.min.is_known && column.max.is_known && !AreInOrder(kind, column.min, column.max);
  if (all_null || is_reversed || column.min.is_nan || column.max.is_nan) {
    column.min = column.max = Bound{};
  }
}

// Reads the number of records where they come first, as writers put them, without parsing.
std::optional<int64_t> ReadLeadingNumRecords(std::string_view json) {
  constexpr std::string_view kLead = R"({"numRecords":)";
  if (!json.starts_with(kLead) || !json.ends_with('}')) return std::nullopt;
  const char* begin = json.data() + kLead.size();
  const char* end = json.data() + json.size();
  int64_t value;
  auto [rest, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || value < 0 || !IsJsonNumber({begin, rest})) return std::nullopt;
  if (*rest != ',' && rest + 1 != end) return std::nullopt;
  return value;
}

std::vector<StructField> WithoutNested(std::vector<StructField> columns) {
  std::erase_if(columns, [](const StructField& column) { return column.type.is_nested(); });
  return columns;
}

}  // namespace

RecordBatch ParseFileStatistics(const StatisticsRequest& request, int64_t begin, int64_t end,
                                const StatisticsText& text) {
  constexpr int64_t kRowsBetweenChecks = 4096;
  StatisticsRequest wanted{.columns = WithoutNested(request.columns),
                           .string_prefix_length = request.string_prefix_length};
  StatisticsColumns columns(wanted.columns, end - begin);
  RowReader reader(wanted);
  for (int64_t row = begin; row < end; ++row) {
    if ((row - begin) % kRowsBetweenChecks == 0) ThrowIfCancelled();
    std::string_view json = text(row);
    if (wanted.columns.empty()) {
      if (auto num_records = ReadLeadingNumRecords(json)) {
        columns.Append(*num_records, {}, true);
        continue;
      }
    }
    reader.Read(json);
    columns.Append(reader.num_records(), reader.statistics(), reader.is_tight());
  }
  return columns.Finish();
}

}  // namespace deltaic::delta
