#include "delta/protocol/table_support.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/error.h>
#include <fmt/format.h>

#include "base/text/excerpt.h"
#include "delta/protocol/table_feature.h"

namespace deltaic::delta {
namespace {

constexpr int32_t kMinReaderVersion = 1;
constexpr int32_t kMaxReaderVersion = kReaderVersionWithFeatures;

[[noreturn]] void Unsupported(std::string message) {
  throw Error(ErrorCode::kUnsupportedFeature, std::move(message));
}

[[noreturn]] void Corrupt(std::string message) {
  throw Error(ErrorCode::kCorruptLog, std::move(message));
}

// A hostile table may list any number of features, of any length. `user` is reader or writer.
[[noreturn]] void RefuseFeatures(std::string_view user, const std::set<std::string>& names) {
  constexpr size_t kMaxNamed = 20;
  std::string list;
  size_t named = 0;
  for (const std::string& name : names) {
    if (named == kMaxNamed) {
      list += fmt::format(" and {} more", names.size() - named);
      break;
    }
    list += (named++ == 0 ? "" : ", ");
    list += FindTableFeature(name) != nullptr ? name : Excerpt(name);
  }
  Unsupported(fmt::format("The table needs the {} feature{} {}, which {} not supported.", user,
                          names.size() == 1 ? "" : "s", list, names.size() == 1 ? "is" : "are"));
}

void CheckVersions(const Protocol& protocol) {
  int32_t reader = protocol.min_reader_version;
  if (reader < kMinReaderVersion || reader > kMaxReaderVersion) {
    Unsupported(fmt::format("The table needs the reader version {}; supported are {} to {}.",
                            reader, kMinReaderVersion, kMaxReaderVersion));
  }
  if (reader == kReaderVersionWithFeatures) {
    if (!protocol.reader_features) {
      Corrupt("The table's protocol has reader version 3 and no list of reader features.");
    }
    if (protocol.min_writer_version < kWriterVersionWithFeatures) {
      Corrupt(
          fmt::format("The table's protocol has reader version 3, which needs writer version "
                      "7, with writer version {}.",
                      protocol.min_writer_version));
    }
  } else if (protocol.reader_features && !protocol.reader_features->empty()) {
    Corrupt(
        fmt::format("The table's protocol lists reader features, which needs reader version "
                    "3, with reader version {}.",
                    reader));
  }
}

void CheckPartitionColumns(const std::vector<std::string>& columns, const DataType& schema) {
  if (columns.empty()) return;
  std::vector<const StructField*> fields;
  for (const StructField& field : schema.fields()) fields.push_back(&field);
  std::ranges::sort(fields, {}, &StructField::name);
  std::set<std::string_view> seen;
  for (const std::string& column : columns) {
    auto found = std::ranges::lower_bound(fields, column, {}, &StructField::name);
    if (found == fields.end() || (*found)->name != column) {
      Corrupt(fmt::format("The table's schema lacks its partition column {}.", Excerpt(column)));
    }
    const DataType& type = (*found)->type;
    if (type.is_nested() || type.kind() == TypeKind::kVoid || type.kind() == TypeKind::kVariant) {
      Corrupt(fmt::format("The table's partition column {} is of type {}, which cannot partition.",
                          Excerpt(column), type.name()));
    }
    if (!seen.insert(column).second) {
      Corrupt(fmt::format("The table has the partition column {} twice.", Excerpt(column)));
    }
  }
}

// What some features need besides.
struct Dependency {
  std::string_view feature;
  std::string_view needs;
};

constexpr Dependency kDependencies[] = {
    {"rowTracking", "domainMetadata"},         {"clustering", "domainMetadata"},
    {"variantShredding", "variantType"},       {"icebergCompatV1", "columnMapping"},
    {"icebergCompatV2", "columnMapping"},      {"icebergCompatV3", "columnMapping"},
    {"icebergCompatV3", "rowTracking"},        {"catalogManaged", "inCommitTimestamp"},
    {"catalogManaged", "vacuumProtocolCheck"}, {"timestampNanos", "timestampNtz"},
};

// The features, with those that they need.
std::set<std::string> Closure(std::set<std::string> features) {
  for (size_t before = 0; before != features.size();) {
    before = features.size();
    for (const Dependency& dependency : kDependencies) {
      if (features.contains(std::string(dependency.feature))) features.emplace(dependency.needs);
    }
  }
  return features;
}

// The feature by which a catalog manages the table; "" where none does.
std::string_view CatalogFeature(const Protocol& protocol) {
  if (!protocol.reader_features) return {};
  for (const std::string& name : *protocol.reader_features) {
    const TableFeature* feature = FindTableFeature(name);
    if (feature != nullptr && feature->read_support == ReadSupport::kWithCatalog) {
      return feature->name;
    }
  }
  return {};
}

}  // namespace

bool NeedsCatalog(const Protocol& protocol) { return !CatalogFeature(protocol).empty(); }

void CheckProtocolReadable(const Protocol& protocol, LogSource source) {
  CheckVersions(protocol);
  if (!protocol.reader_features) return;
  std::set<std::string> refused;
  for (const std::string& name : *protocol.reader_features) {
    const TableFeature* feature = FindTableFeature(name);
    if (feature == nullptr || feature->read_support == ReadSupport::kNotSupported) {
      refused.insert(name);
    }
  }
  if (!refused.empty()) RefuseFeatures("reader", refused);
  const std::string_view of_catalog = CatalogFeature(protocol);
  if (!of_catalog.empty() && source == LogSource::kFolder) {
    Unsupported(
        fmt::format("A catalog says which commits the table has: it cannot be read without "
                    "those, by its path alone. The table's feature is {}.",
                    of_catalog));
  }
}

void CheckReadable(const Protocol& protocol, const Metadata& metadata, const DataType& schema,
                   LogSource source) {
  CheckProtocolReadable(protocol, source);
  if (metadata.format_provider != "parquet") {
    Unsupported(fmt::format("The table's files are in the format {}; supported is parquet.",
                            Excerpt(metadata.format_provider)));
  }
  CheckPartitionColumns(metadata.partition_columns, schema);
}

void CheckProtocolWritable(const Protocol& protocol) {
  if (protocol.min_writer_version < 1 || protocol.min_writer_version > kWriterVersionWithFeatures) {
    Unsupported(fmt::format("The table needs the writer version {}; supported are 1 to {}.",
                            protocol.min_writer_version, kWriterVersionWithFeatures));
  }
  std::set<std::string> refused;
  for (const std::string& name : SupportedFeatures(protocol)) {
    const TableFeature* feature = FindTableFeature(name);
    if (feature == nullptr || feature->write_support == WriteSupport::kNotWritten) {
      refused.insert(name);
    }
  }
  if (!refused.empty()) RefuseFeatures("writer", refused);
}

Protocol WithFeatures(const Protocol& protocol, const std::set<std::string>& features) {
  const std::set<std::string> old = SupportedFeatures(protocol);
  std::set<std::string> all = Closure(features);
  all.insert(old.begin(), old.end());
  if (all == old) return protocol;
  bool is_for_readers = protocol.min_reader_version >= kReaderVersionWithFeatures;
  for (const std::string& name : all) {
    const TableFeature* feature = FindTableFeature(name);
    if (feature == nullptr && !old.contains(name)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("There is no table feature of this name: {}", Excerpt(name)));
    }
    is_for_readers |= !old.contains(name) && feature->kind == FeatureKind::kReaderWriter;
  }
  Protocol upgraded = protocol;
  upgraded.min_writer_version = kWriterVersionWithFeatures;
  upgraded.writer_features.emplace(all.begin(), all.end());
  if (!is_for_readers) return upgraded;
  upgraded.min_reader_version = kReaderVersionWithFeatures;
  std::set<std::string> of_readers;
  if (protocol.reader_features) {
    of_readers.insert(protocol.reader_features->begin(), protocol.reader_features->end());
  }
  for (const std::string& name : all) {
    const TableFeature* feature = FindTableFeature(name);
    const bool is_new = !old.contains(name);
    if (feature != nullptr && feature->kind == FeatureKind::kReaderWriter &&
        (is_new || IsReaderFeatureSupported(protocol, *feature))) {
      of_readers.insert(name);
    }
  }
  upgraded.reader_features.emplace(of_readers.begin(), of_readers.end());
  return upgraded;
}

}  // namespace deltaic::delta
