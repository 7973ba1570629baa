#include "delta/protocol/statistics_leaves.h"

#include <bit>
#include <chrono>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace deltaic::delta {
namespace {

constexpr int64_t kMillisPerDay = 86'400'000;

// Lengths keep names apart that hold any byte.
std::string KeyOf(StatisticsSection section, const LeafPath& path) {
  std::string key(1, static_cast<char>('0' + static_cast<int>(section)));
  for (const std::string_view name : path) {
    key += fmt::format("{}:", name.size());
    key += name;
  }
  return key;
}

}  // namespace

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

StatisticsLeaves StatisticsLeaves::EmptyLike() const {
  StatisticsLeaves empty;
  empty.paths_ = paths_;
  empty.numbers_ = numbers_;
  empty.leaves_.reserve(leaves_.size());
  for (const Leaf& leaf : leaves_) {
    empty.leaves_.push_back({leaf.kind, {}});
    empty.leaves_.back().values.ReserveLike(leaf.values);
  }
  return empty;
}

uint32_t StatisticsLeaves::InternPath(StatisticsSection section, const LeafPath& path) {
  const auto [found, is_new] =
      numbers_.emplace(KeyOf(section, path), static_cast<uint32_t>(paths_.size()));
  if (is_new) paths_.push_back({found->first, {}});
  return found->second;
}

uint32_t StatisticsLeaves::InternLeaf(uint32_t path, LeafKind kind) {
  uint32_t& leaf = paths_[path].leaf[static_cast<size_t>(kind)];
  if (leaf == 0) {
    leaves_.push_back({kind, {}});
    leaf = static_cast<uint32_t>(leaves_.size());
  }
  return leaf - 1;
}

StatisticsLeaves::Columns StatisticsLeaves::Find(StatisticsSection section,
                                                 const LeafPath& path) const {
  Columns columns;
  const auto found = numbers_.find(KeyOf(section, path));
  if (found == numbers_.end()) return columns;
  for (size_t kind = 0; kind < kNumLeafKinds; ++kind) {
    const uint32_t leaf = paths_[found->second].leaf[kind];
    if (leaf != 0) columns.by_kind[kind] = &leaves_[leaf - 1].values;
  }
  return columns;
}

std::string StatisticsLeaves::ValueText(const Path& path, uint32_t row) const {
  for (const uint32_t number : path.leaf) {
    if (number == 0) continue;
    const Leaf& leaf = leaves_[number - 1];
    const std::optional<size_t> at = leaf.values.Find(row);
    if (!at) continue;
    switch (leaf.kind) {
      case LeafKind::kInteger:
        return fmt::to_string(leaf.values.integer(*at));
      case LeafKind::kNumber:
        return std::string(leaf.values.text(*at));
      case LeafKind::kInstant:
        return '"' + InstantText(leaf.values.integer(*at));
      case LeafKind::kString:
        return '"' + std::string(leaf.values.text(*at));
      case LeafKind::kBoolean:
        return leaf.values.integer(*at) != 0 ? "true" : "false";
      case LeafKind::kFloating:
        return fmt::format("{}", std::bit_cast<double>(leaf.values.integer(*at)));
      case LeafKind::kDays:
        return fmt::format("\"{}d", leaf.values.integer(*at));
      case LeafKind::kMicros:
        return fmt::format("\"{}us", leaf.values.integer(*at));
      case LeafKind::kDecimal:
        return '"' + std::string(leaf.values.text(*at));
    }
  }
  return {};
}

bool StatisticsLeaves::RowEquals(uint32_t row, const StatisticsLeaves& other,
                                 uint32_t other_row) const {
  size_t values = 0;
  for (const Path& path : paths_) {
    const std::string value = ValueText(path, row);
    if (value.empty()) continue;
    const auto found = other.numbers_.find(path.key);
    if (found == other.numbers_.end()) return false;
    if (other.ValueText(other.paths_[found->second], other_row) != value) return false;
    ++values;
  }
  for (const Path& path : other.paths_) {
    if (!other.ValueText(path, other_row).empty()) --values;
  }
  return values == 0;
}

bool ParseInstant(std::string_view text, int64_t& milliseconds) {
  constexpr std::string_view kPattern = "0000-00-00T00:00:00.000Z";
  if (text.size() != kPattern.size()) return false;
  uint32_t digits[kPattern.size()];
  bool is_right = true;
  for (size_t i = 0; i < kPattern.size(); ++i) {
    digits[i] = static_cast<unsigned char>(text[i]) - uint32_t{'0'};
    is_right &= kPattern[i] == '0' ? digits[i] < 10 : text[i] == kPattern[i];
  }
  if (!is_right) return false;
  const auto two = [&](size_t at) { return digits[at] * 10 + digits[at + 1]; };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(two(0) * 100 + two(2))),
                                         std::chrono::month(two(5)), std::chrono::day(two(8)));
  const uint32_t hour = two(11), minute = two(14), second = two(17);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  milliseconds = days * kMillisPerDay + ((hour * 60 + minute) * 60 + second) * int64_t{1000} +
                 two(20) * 10 + digits[22];
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
