#include <deltaic/delta/session/delta_table_factory.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/session/delta_table_provider.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "base/text/nearest_name.h"
#include "delta/session/column_match.h"
#include "delta/session/latest_table.h"

namespace deltaic::delta {
namespace {

using datafusion::ExternalTable;
using datafusion::ObjectStore;
using datafusion::TableVersion;

Error Refusal(const std::string& what, std::string_view value) {
  return {ErrorCode::kInvalidArgument, fmt::format("{}: {}", what, value)};
}

/// What OPTIONS say.
struct ReadOptions {
  Options storage;
  TableVersion version;
  bool refresh = false;
  ScanOptions scan;
};

int64_t ParseVersion(const std::string& text) {
  int64_t version = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), version);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || version < 0) {
    throw Refusal("The option 'version' is not a version", text);
  }
  return version;
}

bool ParseBoolean(std::string_view option, const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw Refusal(fmt::format("The option '{}' is true or false", option), text);
}

Error UnknownOption(const std::string& key) {
  std::vector<std::string_view> names = ObjectStore::OptionNames();
  names.insert(names.end(), {"version", "timestamp", "refresh", "file_column", "metadata",
                             "partition_time_zone"});
  const auto nearest = NearestName(key, names);
  return Refusal("A Delta table has no such option",
                 nearest ? fmt::format("{}; the nearest is {}", key, *nearest) : key);
}

/// The option's own name: DataFusion puts "format." before keys without a dot.
std::string KeyOf(std::string key) {
  constexpr std::string_view kFormat = "format.";
  if (key.starts_with(kFormat)) key.erase(0, kFormat.size());
  std::replace(key.begin(), key.end(), '.', '_');
  return key;
}

ReadOptions ReadAll(const ExternalTable& table, const Options& defaults) {
  ReadOptions options;
  Options storage;
  std::set<std::string> given;
  for (const auto& [written, value] : table.options) {
    const std::string key = KeyOf(written);
    if (!given.insert(key).second) throw Refusal("An option is given twice", key);
    if (key == "version") {
      options.version.version = ParseVersion(value);
    } else if (key == "timestamp") {
      options.version.timestamp_us = table.parse_timestamp(value);
    } else if (key == "refresh") {
      options.refresh = ParseBoolean(key, value);
    } else if (key == "file_column") {
      options.scan.file_column = value;
    } else if (key == "metadata") {
      options.scan.metadata = ParseBoolean(key, value);
    } else if (key == "partition_time_zone") {
      options.scan.partition_time_zone = value;
    } else if (TableAccess::IsOption(key)) {
      storage[key] = value;
    } else {
      throw UnknownOption(key);
    }
  }
  options.storage = ObjectStore::OverrideOptions(defaults, storage);
  const int chosen = (options.version.version ? 1 : 0) + (options.version.timestamp_us ? 1 : 0) +
                     (options.refresh ? 1 : 0);
  if (chosen > 1) {
    throw Refusal("One of the options version, timestamp and refresh may be given, table",
                  table.name);
  }
  return options;
}

void CheckPartitionColumns(const ExternalTable& table, const Snapshot& snapshot) {
  const std::vector<std::string>& actual = snapshot.metadata().partition_columns;
  if (table.partition_columns.empty() || table.partition_columns == actual) return;
  throw Refusal("PARTITIONED BY names other columns than the table is partitioned by",
                fmt::format("{}", fmt::join(actual, ", ")));
}

}  // namespace

std::shared_ptr<const datafusion::TableProvider> DeltaTableFactory::Create(
    const ExternalTable& table) const {
  if (table.locations.size() != 1) {
    throw Refusal("A Delta table has one location, table", table.name);
  }
  if (!table.other_clauses.empty()) {
    throw Refusal("A Delta table that is there takes no such clause", table.other_clauses);
  }
  const ReadOptions options = ReadAll(table, storage_options_);
  const TableAccess access = TableAccess::Open(table.locations.front(), options.storage);
  std::shared_ptr<const Snapshot> snapshot =
      options.version.version ? LoadSnapshotAtVersion(access, *options.version.version)
                              : LoadLatestSnapshot(access);
  const ScanConfigSource config = With(config_, options.scan);
  std::shared_ptr<const datafusion::TableProvider> provider;
  if (options.version.timestamp_us) {
    provider = DeltaTableProvider(snapshot, config()).AtVersion(options.version);
  } else if (options.refresh) {
    provider = std::make_shared<LatestTable>(snapshot, config);
  } else {
    provider = std::make_shared<DeltaTableProvider>(snapshot, config());
  }
  CheckColumns(table.columns, provider->schema());
  CheckPartitionColumns(table, *snapshot);
  return provider;
}

}  // namespace deltaic::delta
