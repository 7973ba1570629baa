#include "delta/transaction/commit_checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_json.h>

#include "base/text/excerpt.h"
#include "delta/log/log_source.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/required_features.h"
#include "delta/protocol/schema/column_mapping.h"
#include "delta/protocol/schema/type_widening.h"
#include "delta/protocol/table_feature.h"
#include "delta/protocol/table_properties.h"
#include "delta/protocol/table_support.h"
#include "delta/snapshot/active_file_columns.h"
#include "delta/transaction/row_id_assignment.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorCode::kInvalidArgument, std::move(message));
}

// What a caller hands in is not the log's fault.
template <typename Check>
auto OfCaller(const Check& check) {
  try {
    return check();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCorruptLog) throw;
    throw Error(ErrorCode::kInvalidArgument, error.message());
  }
}

std::string Listed(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + Excerpt(name);
  return list;
}

void CheckProtocol(const Snapshot* read, const Protocol& protocol) {
  std::set<std::string> lost;
  if (protocol.reader_features) {
    for (const std::string& name : *protocol.reader_features) {
      if (!IsListedForWriters(protocol, name)) lost.insert(name);
    }
    if (!lost.empty()) {
      Refuse(fmt::format("A protocol lists features for readers and not for writers: {}",
                         Listed(lost)));
    }
  }
  if (read == nullptr) return;
  const std::set<std::string> kept = SupportedFeatures(protocol);
  for (const std::string& name : SupportedFeatures(read->protocol())) {
    if (!kept.contains(name)) lost.insert(name);
  }
  if (!lost.empty()) {
    Refuse(fmt::format("A protocol drops features that the table has: {}", Listed(lost)));
  }
}

// Returns the schema of new metadata.
DataType CheckMetadata(const TableAccess& access, const Snapshot* read, const Protocol& protocol,
                       const Metadata& metadata) {
  CheckTableProperties(metadata);
  DataType schema = OfCaller([&] {
    DataType parsed = ParseSchemaJson(metadata.schema_string);
    CheckReadable(protocol, metadata, parsed, LogSourceOf(access));
    CheckTypeChanges(protocol, parsed);
    return MapColumns(parsed, ColumnMappingModeOf(protocol, metadata));
  });
  std::set<std::string> missing;
  for (const std::string& feature : RequiredFeatures(metadata, schema)) {
    if (!HasFeature(protocol, feature)) missing.insert(feature);
  }
  // What the table has made use of all along without a right to it is not this commit's fault.
  if (read != nullptr && !missing.empty()) {
    for (const std::string& used : RequiredFeatures(read->metadata(), read->schema())) {
      missing.erase(used);
    }
  }
  if (!missing.empty()) {
    Refuse(fmt::format("The metadata uses features that the protocol does not have: {}",
                       Listed(missing)));
  }
  return schema;
}

void CheckDomains(const Protocol& protocol, const StagedActions& staged) {
  if (staged.domains().empty()) return;
  if (staged.domains().contains(kRowTrackingDomain)) {
    Refuse(fmt::format("The metadata of the domain {} is made by the transaction itself.",
                       kRowTrackingDomain));
  }
  if (!HasFeature(protocol, "domainMetadata")) {
    Refuse(fmt::format("The table needs the feature domainMetadata for metadata of the domain {}",
                       Excerpt(staged.domains().begin()->first)));
  }
}

void CheckPartitionValues(const std::vector<AddFile>& added,
                          const std::vector<std::string>& columns) {
  if (columns.empty()) return;
  for (const AddFile& add : added) {
    for (const std::string& column : columns) {
      if (add.partition_values.contains(column)) continue;
      Refuse(fmt::format("An added file has no value of the partition column {}: {}",
                         Excerpt(column), ShownDataPath(add.path)));
    }
  }
}

// A file that stays must not be added with another deletion vector.
void CheckLiveVectors(const Snapshot& read,
                      const std::unordered_map<std::string, std::string>& ids) {
  const ActiveFiles& files = read.files();
  for (int64_t file = 0; file < files.size(); ++file) {
    const auto found = ids.find(files.path(file));
    if (found == ids.end()) continue;
    const std::optional<DeletionVectorDescriptor> live = files.deletion_vector(file);
    std::string live_id;
    if (live) {
      const std::optional<int64_t> offset = live->offset;
      live_id = DeletionVectorId(std::string_view(&live->storage_type, 1), live->path_or_inline,
                                 offset ? &*offset : nullptr);
    }
    if (live_id != found->second) {
      Refuse(fmt::format("A file gets another deletion vector without being removed: {}",
                         ShownDataPath(found->first)));
    }
  }
}

void CheckVectors(const Snapshot* read, const Protocol& protocol, const StagedActions& staged) {
  std::unordered_map<std::string, std::string> without_remove;
  for (const AddFile& add : staged.added()) {
    if (!add.deletion_vector) continue;
    if (!HasFeature(protocol, "deletionVectors")) {
      Refuse(fmt::format("The table needs the feature deletionVectors for that of the file {}",
                         ShownDataPath(add.path)));
    }
    if (!staged.changes().at(add.path).removed) {
      without_remove.emplace(add.path, DeletionVectorIdOf(add.deletion_vector));
    }
  }
  if (read != nullptr && !without_remove.empty()) CheckLiveVectors(*read, without_remove);
}

}  // namespace

void CheckRowsMayGo(const Snapshot& read) {
  if (!TableProperties(read.metadata()).append_only()) return;
  throw Error(ErrorCode::kConstraintViolation,
              fmt::format("The table is append-only (delta.appendOnly): no rows can be deleted or "
                          "updated. Table: {}",
                          read.store().name()));
}

void CheckCommit(const TableAccess& access, const Snapshot* read, const StagedActions& staged) {
  if (read == nullptr && (!staged.protocol() || !staged.metadata())) {
    Refuse("The first commit of a table needs a protocol and metadata.");
  }
  const Protocol& protocol = staged.protocol() ? *staged.protocol() : read->protocol();
  OfCaller([&] { CheckProtocolReadable(protocol, LogSourceOf(access)); });
  CheckProtocolWritable(protocol);
  if (staged.protocol()) CheckProtocol(read, protocol);

  const Metadata& metadata = staged.metadata() ? *staged.metadata() : read->metadata();
  const DataType schema =
      staged.metadata() ? CheckMetadata(access, read, protocol, metadata) : read->schema();
  if (read != nullptr && staged.deletes_data()) CheckRowsMayGo(*read);
  CheckDomains(protocol, staged);
  CheckPartitionValues(staged.added(), StoredNames(schema, metadata.partition_columns));
  OfCaller([&] {
    for (const AddFile& add : staged.added()) ResolveDataPath(add.path, access.root_urls());
  });
  CheckVectors(read, protocol, staged);
}

}  // namespace deltaic::delta
