#include "delta/protocol/table_properties.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"
#include "base/text/excerpt.h"
#include "base/text/nearest_name.h"

namespace deltaic::delta {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::weeks;

constexpr std::string_view kConstraint = "delta.constraints.";

std::optional<bool> ParseBoolean(std::string_view text) {
  if (EqualsIgnoringCase(text, "true")) return true;
  if (EqualsIgnoringCase(text, "false")) return false;
  return std::nullopt;
}

std::optional<IsolationLevel> ParseIsolationLevel(std::string_view text) {
  if (EqualsIgnoringCase(text, "Serializable")) return IsolationLevel::kSerializable;
  if (EqualsIgnoringCase(text, "WriteSerializable")) return IsolationLevel::kWriteSerializable;
  if (EqualsIgnoringCase(text, "SnapshotIsolation")) return IsolationLevel::kSnapshotIsolation;
  return std::nullopt;
}

std::optional<CheckpointPolicy> ParseCheckpointPolicy(std::string_view text) {
  if (EqualsIgnoringCase(text, "classic")) return CheckpointPolicy::kClassic;
  if (EqualsIgnoringCase(text, "v2")) return CheckpointPolicy::kV2;
  return std::nullopt;
}

std::optional<int64_t> ParseAtLeast(std::string_view text, int64_t least) {
  const auto number = ParseWhole<int64_t>(text);
  return number && *number >= least ? number : std::nullopt;
}

// Words and numbers, without the blanks between them.
std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t') {
      in_word = false;
    } else if (std::exchange(in_word, true)) {
      words.back() += ToLower(c);
    } else {
      words.emplace_back(1, ToLower(c));
    }
  }
  return words;
}

std::optional<milliseconds> UnitNamed(std::string_view name) {
  if (name.ends_with('s')) name.remove_suffix(1);
  if (name == "week") return weeks(1);
  if (name == "day") return days(1);
  if (name == "hour") return hours(1);
  if (name == "minute") return std::chrono::minutes(1);
  if (name == "second") return std::chrono::seconds(1);
  if (name == "millisecond") return milliseconds(1);
  return std::nullopt;
}

// What a property's text must be.
struct Rule {
  std::string_view name;
  std::string_view expected;
  bool (*accepts)(std::string_view text);
};

bool IsBoolean(std::string_view text) { return ParseBoolean(text).has_value(); }
bool IsInterval(std::string_view text) { return ParseInterval(text).has_value(); }
bool IsNotNegative(std::string_view text) { return ParseAtLeast(text, 0).has_value(); }
bool IsPositive(std::string_view text) { return ParseAtLeast(text, 1).has_value(); }

constexpr std::string_view kBoolean = "true or false";
constexpr std::string_view kInterval = "an interval of time such as 'interval 7 days'";

constexpr Rule kRules[] = {
    {"delta.appendOnly", kBoolean, IsBoolean},
    {"delta.autoOptimize.autoCompact", "true, false, auto or legacy",
     [](std::string_view text) {
       return IsBoolean(text) || EqualsIgnoringCase(text, "auto") ||
              EqualsIgnoringCase(text, "legacy");
     }},
    {"delta.autoOptimize.optimizeWrite", kBoolean, IsBoolean},
    {"delta.checkpoint.writeStatsAsJson", kBoolean, IsBoolean},
    {"delta.checkpoint.writeStatsAsStruct", kBoolean, IsBoolean},
    {"delta.checkpointInterval", "a number of commits, at least 1", IsPositive},
    {"delta.checkpointPolicy", "classic or v2",
     [](std::string_view text) { return ParseCheckpointPolicy(text).has_value(); }},
    {"delta.checkpointRetentionDuration", kInterval, IsInterval},
    {"delta.columnMapping.maxColumnId", "an id, at least 0", IsNotNegative},
    {"delta.columnMapping.mode", "none, name or id",
     [](std::string_view text) {
       return EqualsIgnoringCase(text, "none") || EqualsIgnoringCase(text, "name") ||
              EqualsIgnoringCase(text, "id");
     }},
    {"delta.compatibility.symlinkFormatManifest.enabled", kBoolean, IsBoolean},
    {"delta.dataSkippingNumIndexedCols", "a number of columns, or -1 for all",
     [](std::string_view text) { return ParseAtLeast(text, -1).has_value(); }},
    {"delta.dataSkippingStringPrefixLength", "a number of characters, at least 0", IsNotNegative},
    {"delta.deletedFileRetentionDuration", kInterval, IsInterval},
    {"delta.dropFeatureTruncateHistory.retentionDuration", kInterval, IsInterval},
    {"delta.enableChangeDataCapture", kBoolean, IsBoolean},
    {"delta.enableChangeDataFeed", kBoolean, IsBoolean},
    {"delta.enableDeletionVectors", kBoolean, IsBoolean},
    {"delta.enableExpiredLogCleanup", kBoolean, IsBoolean},
    {"delta.enableIcebergCompatV1", kBoolean, IsBoolean},
    {"delta.enableIcebergCompatV2", kBoolean, IsBoolean},
    {"delta.enableIcebergCompatV3", kBoolean, IsBoolean},
    {"delta.enableInCommitTimestamps", kBoolean, IsBoolean},
    {"delta.enableInCommitTimestamps-preview", kBoolean, IsBoolean},
    {"delta.enableRowTracking", kBoolean, IsBoolean},
    {"delta.enableTypeWidening", kBoolean, IsBoolean},
    {"delta.enableVariantShredding", kBoolean, IsBoolean},
    {"delta.inCommitTimestampEnablementTimestamp", "milliseconds since 1970", IsNotNegative},
    {"delta.inCommitTimestampEnablementVersion", "a version", IsNotNegative},
    {"delta.isolationLevel", "Serializable, WriteSerializable or SnapshotIsolation",
     [](std::string_view text) { return ParseIsolationLevel(text).has_value(); }},
    {"delta.logRetentionDuration", kInterval, IsInterval},
    {"delta.randomPrefixLength", "a number of characters, at least 1", IsPositive},
    {"delta.randomizeFilePrefixes", kBoolean, IsBoolean},
    {"delta.requireCheckpointProtectionBeforeVersion", "a version", IsNotNegative},
    {"delta.rowTrackingSuspended", kBoolean, IsBoolean},
    {"delta.setTransactionRetentionDuration", kInterval, IsInterval},
    {"delta.targetFileSize", "a number of bytes such as 104857600 or 100mb",
     [](std::string_view text) { return ParseByteSize(text).value_or(0) > 0; }},
    {"delta.tuneFileSizesForRewrites", kBoolean, IsBoolean},
    {"delta.writePartitionColumnsToParquet", kBoolean, IsBoolean},
};

// Properties of which every text is a value.
constexpr std::string_view kFreeTexts[] = {
    "delta.dataSkippingStatsColumns",
    "delta.parquet.compression.codec",
    "delta.parquet.format.version",
    "delta.rowTracking.materializedRowCommitVersionColumnName",
    "delta.rowTracking.materializedRowIdColumnName",
    "delta.universalFormat.enabledFormats",
};

}  // namespace

std::optional<std::string_view> TableProperties::Find(std::string_view name) const {
  const auto found = texts_.find(std::string(name));
  if (found == texts_.end()) return std::nullopt;
  return found->second;
}

bool TableProperties::Flag(std::string_view name, bool otherwise) const {
  const auto text = Find(name);
  return text ? ParseBoolean(*text).value_or(otherwise) : otherwise;
}

std::optional<int64_t> TableProperties::FindInteger(std::string_view name) const {
  const auto text = Find(name);
  return text ? ParseAtLeast(*text, 0) : std::nullopt;
}

int64_t TableProperties::Integer(std::string_view name, int64_t otherwise) const {
  return FindInteger(name).value_or(otherwise);
}

milliseconds TableProperties::Duration(std::string_view name, milliseconds otherwise) const {
  const auto text = Find(name);
  return text ? ParseInterval(*text).value_or(otherwise) : otherwise;
}

std::optional<int64_t> TableProperties::StrictInteger(const std::string& name) const {
  const auto text = Find(name);
  if (!text) return std::nullopt;
  const auto number = ParseWhole<int64_t>(*text);
  if (number) return number;
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The table property {} is not an integer: {}", name, Excerpt(*text)));
}

IsolationLevel TableProperties::isolation_level() const {
  const auto text = Find("delta.isolationLevel");
  return (text ? ParseIsolationLevel(*text) : std::nullopt).value_or(IsolationLevel::kSerializable);
}

bool TableProperties::change_data_feed() const {
  return Flag("delta.enableChangeDataFeed", Flag("delta.enableChangeDataCapture", false));
}

std::optional<int64_t> TableProperties::target_file_size() const {
  const auto text = Find("delta.targetFileSize");
  return text ? ParseByteSize(*text) : std::nullopt;
}

std::map<std::string, std::string> TableProperties::constraints() const {
  std::map<std::string, std::string> constraints;
  for (auto it = texts_.lower_bound(std::string(kConstraint));
       it != texts_.end() && it->first.starts_with(kConstraint); ++it) {
    constraints.emplace(it->first.substr(kConstraint.size()), it->second);
  }
  return constraints;
}

int64_t TableProperties::num_indexed_columns() const {
  constexpr int64_t kDefault = 32;
  const auto text = Find("delta.dataSkippingNumIndexedCols");
  const int64_t number = (text ? ParseWhole<int64_t>(*text) : std::nullopt).value_or(kDefault);
  return number < 0 ? std::numeric_limits<int64_t>::max() : number;
}

int TableProperties::string_prefix_length() const {
  constexpr int64_t kDefault = 32;
  return static_cast<int>(
      std::min(Integer("delta.dataSkippingStringPrefixLength", kDefault), kDefault));
}

CheckpointPolicy TableProperties::checkpoint_policy() const {
  const auto text = Find("delta.checkpointPolicy");
  return (text ? ParseCheckpointPolicy(*text) : std::nullopt).value_or(CheckpointPolicy::kClassic);
}

milliseconds TableProperties::checkpoint_retention() const {
  return Duration("delta.checkpointRetentionDuration", days(2));
}

milliseconds TableProperties::log_retention() const {
  return Duration("delta.logRetentionDuration", days(30));
}

milliseconds TableProperties::deleted_file_retention() const {
  return Duration("delta.deletedFileRetentionDuration", weeks(1));
}

milliseconds TableProperties::dropped_feature_retention() const {
  return Duration("delta.dropFeatureTruncateHistory.retentionDuration", hours(24));
}

std::optional<milliseconds> TableProperties::transaction_retention() const {
  const auto text = Find("delta.setTransactionRetentionDuration");
  return text ? ParseInterval(*text) : std::nullopt;
}

bool TableProperties::in_commit_timestamps(std::string_view suffix) const {
  return Flag(fmt::format("delta.enableInCommitTimestamps{}", suffix), false);
}

std::optional<int64_t> TableProperties::in_commit_timestamps_since_version(
    std::string_view suffix) const {
  return StrictInteger(fmt::format("delta.inCommitTimestampEnablementVersion{}", suffix));
}

std::optional<int64_t> TableProperties::in_commit_timestamps_since_time(
    std::string_view suffix) const {
  return StrictInteger(fmt::format("delta.inCommitTimestampEnablementTimestamp{}", suffix));
}

std::optional<std::string> TableProperties::row_id_column() const {
  const auto name = Find("delta.rowTracking.materializedRowIdColumnName");
  return name && !name->empty() ? std::optional<std::string>(*name) : std::nullopt;
}

std::optional<std::string> TableProperties::row_commit_version_column() const {
  const auto name = Find("delta.rowTracking.materializedRowCommitVersionColumnName");
  return name && !name->empty() ? std::optional<std::string>(*name) : std::nullopt;
}

bool TableProperties::iceberg_compat(int version) const {
  return Flag(fmt::format("delta.enableIcebergCompatV{}", version), false);
}

void CheckTableProperties(const Metadata& metadata) {
  for (const Rule& rule : kRules) {
    const auto found = metadata.configuration.find(std::string(rule.name));
    if (found == metadata.configuration.end() || rule.accepts(found->second)) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("The table property {} must be {}: {}", rule.name, rule.expected,
                            Excerpt(found->second)));
  }
}

void CheckPropertyNames(const std::map<std::string, std::string>& configuration) {
  for (auto it = configuration.lower_bound("delta."); it != configuration.end(); ++it) {
    const std::string_view name = it->first;
    if (!name.starts_with("delta.")) break;
    const bool is_known = name.starts_with(kConstraint) ||
                          std::ranges::find(kRules, name, &Rule::name) != std::end(kRules) ||
                          std::ranges::find(kFreeTexts, name) != std::end(kFreeTexts);
    if (is_known) continue;
    std::vector<std::string_view> candidates(std::begin(kFreeTexts), std::end(kFreeTexts));
    for (const Rule& rule : kRules) candidates.push_back(rule.name);
    const auto near = NearestName(name, candidates);
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("There is no table property of this name{}: {}",
                    near ? fmt::format("; perhaps {} is meant", *near) : "", Excerpt(name)));
  }
}

std::optional<milliseconds> ParseInterval(std::string_view text) {
  const std::vector<std::string> words = Words(text);
  size_t at = !words.empty() && words.front() == "interval" ? 1 : 0;
  if (at == words.size() || (words.size() - at) % 2 != 0) return std::nullopt;
  int64_t sum = 0;
  for (; at < words.size(); at += 2) {
    const auto number = ParseAtLeast(words[at], 0);
    const auto unit = UnitNamed(words[at + 1]);
    int64_t part = 0;
    if (!number || !unit || __builtin_mul_overflow(*number, unit->count(), &part) ||
        __builtin_add_overflow(sum, part, &sum)) {
      return std::nullopt;
    }
  }
  return milliseconds(sum);
}

std::optional<int64_t> ParseByteSize(std::string_view text) {
  const size_t digits = static_cast<size_t>(std::ranges::find_if_not(text, IsDigit) - text.begin());
  const auto number = ParseAtLeast(text.substr(0, digits), 0);
  std::string unit = ToLower(text.substr(digits));
  std::erase(unit, ' ');
  if (unit.size() == 2 && unit.back() == 'b') unit.pop_back();
  constexpr std::string_view kUnits = "bkmgt";
  const size_t power = unit.empty() ? 0 : kUnits.find(unit);
  int64_t size = 0;
  if (!number || unit.size() > 1 || power == std::string_view::npos ||
      __builtin_mul_overflow(*number, int64_t{1} << (10 * power), &size)) {
    return std::nullopt;
  }
  return size;
}

}  // namespace deltaic::delta
