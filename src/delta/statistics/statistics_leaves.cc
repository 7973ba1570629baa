#include "delta/statistics/statistics_leaves.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/byte_block.h"

namespace deltaic::delta {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;

}  // namespace

// Lengths keep names apart that hold any byte.
std::string LeafNames::KeyOf(StatisticsSection section, const LeafPath& path) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(section)));
  for (const std::string_view name : path) {
    key += fmt::format("{}:", name.size());
    key += name;
  }
  return key;
}

std::string DecimalBytes(Int128 unscaled, int scale) {
  std::string bytes(sizeof(unscaled), '\0');
  std::memcpy(bytes.data(), &unscaled, sizeof(unscaled));
  bytes.push_back(static_cast<char>(scale));
  return bytes;
}

std::optional<DecimalNumber> DecimalOfBytes(std::string_view bytes) {
  DecimalNumber number;
  if (bytes.size() != sizeof(number.coefficient) + 1) return std::nullopt;
  std::memcpy(&number.coefficient, bytes.data(), sizeof(number.coefficient));
  return MakeDecimal(number.coefficient, -static_cast<signed char>(bytes.back()));
}

uint32_t LeafNames::InternPath(std::string key) {
  const auto [found, is_new] =
      numbers_.emplace(std::move(key), static_cast<uint32_t>(paths_.size()));
  if (is_new) paths_.push_back({found->first, {}});
  return found->second;
}

uint32_t LeafNames::InternLeaf(uint32_t path, LeafKind kind) {
  uint32_t& leaf = paths_[path].leaf[static_cast<size_t>(kind)];
  if (leaf == 0) leaf = ++num_leaves_;
  return leaf - 1;
}

const LeafNames::Path* LeafNames::Find(const std::string& key) const {
  const auto found = numbers_.find(key);
  return found == numbers_.end() ? nullptr : &paths_[found->second];
}

StatisticsLeaves::Columns StatisticsLeaves::ColumnsOf(const LeafNames::Path& path) const {
  Columns columns;
  for (size_t kind = 0; kind < kNumLeafKinds; ++kind) {
    if (path.leaf[kind] == 0) continue;
    const uint32_t number = path.leaf[kind] - 1;
    const auto leaf = std::lower_bound(
        leaves_.begin(), leaves_.end(), number,
        [](const Leaf& candidate, uint32_t wanted) { return candidate.number < wanted; });
    if (leaf != leaves_.end() && leaf->number == number) columns.by_kind[kind] = &leaf->values;
  }
  return columns;
}

StatisticsLeaves::Columns StatisticsLeaves::Find(StatisticsSection section,
                                                 const LeafPath& path) const {
  const LeafNames::Path* found = names_->Find(LeafNames::KeyOf(section, path));
  return found == nullptr ? Columns() : ColumnsOf(*found);
}

std::string StatisticsLeaves::ValueText(const Columns& columns, uint32_t row) {
  for (size_t i = 0; i < kNumLeafKinds; ++i) {
    if (columns.by_kind[i] == nullptr) continue;
    const LeafColumn& values = *columns.by_kind[i];
    const std::optional<size_t> at = values.Find(row);
    if (!at) continue;
    switch (static_cast<LeafKind>(i)) {
      case LeafKind::kInteger:
        return fmt::to_string(values.integer(*at));
      case LeafKind::kNumber:
        return values.text(*at);
      case LeafKind::kInstant:
        return '"' + InstantText(values.integer(*at));
      case LeafKind::kString:
        return '"' + values.text(*at);
      case LeafKind::kBoolean:
        return values.integer(*at) != 0 ? "true" : "false";
      case LeafKind::kFloating:
        return fmt::format("{}", std::bit_cast<double>(values.integer(*at)));
      case LeafKind::kDays:
        return fmt::format("\"{}d", values.integer(*at));
      case LeafKind::kMicros:
        return fmt::format("\"{}us", values.integer(*at));
      case LeafKind::kNanos:
        return fmt::format("\"{}ns", values.integer(*at));
      case LeafKind::kDecimal:
        return '"' + values.text(*at);
    }
  }
  return {};
}

bool StatisticsLeaves::RowEquals(uint32_t row, const StatisticsLeaves& other,
                                 uint32_t other_row) const {
  size_t values = 0;
  for (const LeafNames::Path& path : names_->paths()) {
    const std::string value = ValueText(ColumnsOf(path), row);
    if (value.empty()) continue;
    const LeafNames::Path* found = other.names_->Find(path.key);
    if (found == nullptr) return false;
    if (ValueText(other.ColumnsOf(*found), other_row) != value) return false;
    ++values;
  }
  for (const LeafNames::Path& path : other.names_->paths()) {
    if (!ValueText(other.ColumnsOf(path), other_row).empty()) --values;
  }
  return values == 0;
}

uint32_t StatisticsLeavesBuilder::InternPath(std::string key) {
  const LeafNames::Path* found = names_->Find(key);
  if (found != nullptr) return static_cast<uint32_t>(found - names_->paths().data());
  return MutableNames().InternPath(std::move(key));
}

uint32_t StatisticsLeavesBuilder::InternLeaf(uint32_t path, LeafKind kind) {
  const uint32_t leaf = names_->paths()[path].leaf[static_cast<size_t>(kind)];
  if (leaf != 0) return leaf - 1;
  leaves_.push_back({kind, {}});
  return MutableNames().InternLeaf(path, kind);
}

// Leaves that are finished share the names.
LeafNames& StatisticsLeavesBuilder::MutableNames() {
  if (names_.use_count() > 1) names_ = std::make_shared<LeafNames>(*names_);
  return *names_;
}

void StatisticsLeavesBuilder::AppendRows(const StatisticsLeaves& from,
                                         std::span<const uint32_t> rows) {
  for (const LeafNames::Path& path : from.names_->paths()) {
    const StatisticsLeaves::Columns columns = from.ColumnsOf(path);
    for (size_t i = 0; i < kNumLeafKinds; ++i) {
      if (columns.by_kind[i] == nullptr) continue;
      const LeafColumn& values = *columns.by_kind[i];
      const auto kind = static_cast<LeafKind>(i);
      LeafColumnBuilder& to = leaves_[InternLeaf(InternPath(path.key), kind)].values;
      for (size_t row = 0; row < rows.size(); ++row) {
        const std::optional<size_t> at = values.Find(rows[row]);
        if (!at) continue;
        const auto number = static_cast<uint32_t>(num_rows_ + row);
        if (kind == LeafKind::kNumber) {
          const std::string token = values.text(*at);
          to.AppendNumber(number, PackNumber(token), token);
        } else if (kind == LeafKind::kString || kind == LeafKind::kDecimal) {
          to.AppendText(number, values.text(*at));
        } else {
          to.AppendInteger(number, values.integer(*at));
        }
      }
    }
  }
  num_rows_ += rows.size();
}

StatisticsLeaves StatisticsLeavesBuilder::Finish() {
  StatisticsLeaves leaves;
  leaves.num_rows_ = std::exchange(num_rows_, 0);
  long_texts_ = 0;
  leaves.names_ = names_;
  for (size_t i = 0; i < leaves_.size(); ++i) {
    if (leaves_[i].values.size() == 0) continue;
    leaves.leaves_.push_back({static_cast<uint32_t>(i), leaves_[i].values.Finish()});
  }
  leaves.leaves_.shrink_to_fit();
  return leaves;
}

bool ParseInstant(std::string_view text, int64_t& milliseconds) {
  constexpr std::string_view kPattern = "0000-00-00T00:00:00.000Z";
  if (text.size() != kPattern.size()) return false;
  // Blocks that overlap, of what differs from the pattern: digits are 0 to 9, the others 0.
  constexpr size_t kBehind = kPattern.size() - kBlockBytes;
  const ByteBlock first = LoadBlock(text.data()) ^ LoadBlock(kPattern.data());
  const ByteBlock last = LoadBlock(text.data() + kBehind) ^ LoadBlock(kPattern.data() + kBehind);
  constexpr ByteBlock kMostOfFirst = {9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9};
  constexpr ByteBlock kMostOfLast = {9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 9, 0};
  const auto wrong = (first > kMostOfFirst) | (last > kMostOfLast);
  if (AnyByte(std::bit_cast<ByteBlock>(wrong))) return false;
  const auto digit = [text](size_t at) { return static_cast<uint32_t>(text[at] - '0'); };
  const auto two = [&digit](size_t at) { return digit(at) * 10 + digit(at + 1); };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(two(0) * 100 + two(2))),
                                         std::chrono::month(two(5)), std::chrono::day(two(8)));
  const uint32_t hour = two(11), minute = two(14), second = two(17);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  milliseconds = days * kMillisPerDay + ((hour * 60 + minute) * 60 + second) * int64_t{1000} +
                 two(20) * 10 + digit(22);
  return true;
}

std::string InstantText(int64_t milliseconds) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{
      std::chrono::milliseconds(milliseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t rest = (time - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     rest / 3'600'000, rest / 60'000 % 60, rest / 1000 % 60, rest % 1000);
}

}  // namespace deltaic::delta
