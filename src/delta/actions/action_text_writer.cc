#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/text/json_writer.h"
#include "delta/actions/action_text.h"

namespace deltaic::delta {
namespace {

// Writes the members of one action.
class Members {
 public:
  explicit Members(JsonWriter& json) : json_(json) { json_.BeginObject(); }
  ~Members() { json_.EndObject(); }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  void Add(std::string_view name, const std::string& text) {
    json_.Key(name);
    json_.String(text);
  }

  void Add(std::string_view name, int64_t number) {
    json_.Key(name);
    json_.Integer(number);
  }

  void Add(std::string_view name, int32_t number) { Add(name, int64_t{number}); }

  void Add(std::string_view name, bool truth) {
    json_.Key(name);
    json_.Boolean(truth);
  }

  void Add(std::string_view name, const std::vector<std::string>& texts) {
    json_.Key(name);
    json_.BeginArray();
    for (const std::string& text : texts) json_.String(text);
    json_.EndArray();
  }

  void Add(std::string_view name, const std::map<std::string, std::string>& texts) {
    json_.Key(name);
    Members map(json_);
    for (const auto& [key, text] : texts) map.Add(key, text);
  }

  void Add(std::string_view name, const NullableTexts& texts) {
    json_.Key(name);
    Members map(json_);
    for (const auto& [key, text] : texts) {
      map.json_.Key(key);
      text ? map.json_.String(*text) : map.json_.Null();
    }
  }

  void Add(std::string_view name, const DeletionVector& vector) {
    json_.Key(name);
    Members members(json_);
    members.Add("storageType", std::string(1, vector.storage_type));
    members.Add("pathOrInlineDv", vector.path_or_inline);
    members.Add("offset", vector.offset);
    members.Add("sizeInBytes", vector.size_in_bytes);
    members.Add("cardinality", vector.cardinality);
    members.Add(vector.unknown_members);
  }

  template <typename T>
  void Add(std::string_view name, const std::optional<T>& value) {
    if (value) Add(name, *value);
  }

  void Add(const UnknownMembers& members) {
    for (const auto& [name, json] : members) {
      json_.Key(name);
      json_.Raw(json);
    }
  }

  void AddFormat(const Metadata& metadata) {
    json_.Key("format");
    Members format(json_);
    format.Add("provider", metadata.format_provider);
    format.Add("options", metadata.format_options);
    format.Add(metadata.unknown_format_members);
  }

 private:
  JsonWriter& json_;
};

void Write(const AddFile& add, JsonWriter& json) {
  Members members(json);
  members.Add("path", add.path);
  members.Add("partitionValues", add.partition_values);
  members.Add("size", add.size);
  members.Add("modificationTime", add.modification_time);
  members.Add("dataChange", add.data_change);
  members.Add("stats", add.stats);
  members.Add("tags", add.tags);
  members.Add("deletionVector", add.deletion_vector);
  members.Add("baseRowId", add.base_row_id);
  members.Add("defaultRowCommitVersion", add.default_row_commit_version);
  members.Add("clusteringProvider", add.clustering_provider);
  members.Add(add.unknown_members);
}

void Write(const RemoveFile& remove, JsonWriter& json) {
  Members members(json);
  members.Add("path", remove.path);
  members.Add("deletionTimestamp", remove.deletion_timestamp);
  members.Add("dataChange", remove.data_change);
  members.Add("extendedFileMetadata", remove.extended_file_metadata);
  members.Add("partitionValues", remove.partition_values);
  members.Add("size", remove.size);
  members.Add("stats", remove.stats);
  members.Add("tags", remove.tags);
  members.Add("deletionVector", remove.deletion_vector);
  members.Add("baseRowId", remove.base_row_id);
  members.Add("defaultRowCommitVersion", remove.default_row_commit_version);
  members.Add(remove.unknown_members);
}

void Write(const AddCdcFile& cdc, JsonWriter& json) {
  Members members(json);
  members.Add("path", cdc.path);
  members.Add("partitionValues", cdc.partition_values);
  members.Add("size", cdc.size);
  members.Add("dataChange", cdc.data_change);
  members.Add("tags", cdc.tags);
  members.Add(cdc.unknown_members);
}

void Write(const Metadata& metadata, JsonWriter& json) {
  Members members(json);
  members.Add("id", metadata.id);
  members.Add("name", metadata.name);
  members.Add("description", metadata.description);
  members.AddFormat(metadata);
  if (!metadata.schema_string.empty()) members.Add("schemaString", metadata.schema_string);
  members.Add("partitionColumns", metadata.partition_columns);
  members.Add("createdTime", metadata.created_time);
  members.Add("configuration", metadata.configuration);
  members.Add(metadata.unknown_members);
}

void Write(const Protocol& protocol, JsonWriter& json) {
  Members members(json);
  members.Add("minReaderVersion", protocol.min_reader_version);
  members.Add("minWriterVersion", protocol.min_writer_version);
  members.Add("readerFeatures", protocol.reader_features);
  members.Add("writerFeatures", protocol.writer_features);
  members.Add(protocol.unknown_members);
}

void Write(const SetTransaction& transaction, JsonWriter& json) {
  Members members(json);
  members.Add("appId", transaction.app_id);
  members.Add("version", transaction.version);
  members.Add("lastUpdated", transaction.last_updated);
  members.Add(transaction.unknown_members);
}

void Write(const DomainMetadata& domain, JsonWriter& json) {
  Members members(json);
  members.Add("domain", domain.domain);
  members.Add("configuration", domain.configuration);
  members.Add("removed", domain.removed);
  members.Add(domain.unknown_members);
}

void Write(const CommitInfo& info, JsonWriter& json) { json.Raw(info.json); }

void Write(const Sidecar& sidecar, JsonWriter& json) {
  Members members(json);
  members.Add("path", sidecar.path);
  members.Add("sizeInBytes", sidecar.size);
  members.Add("modificationTime", sidecar.modification_time);
  members.Add("tags", sidecar.tags);
  members.Add(sidecar.unknown_members);
}

void Write(const CheckpointMetadata& metadata, JsonWriter& json) {
  Members members(json);
  members.Add("version", metadata.version);
  members.Add("tags", metadata.tags);
  members.Add(metadata.unknown_members);
}

void Write(const UnknownAction& action, JsonWriter& json) { json.Raw(action.json); }

std::string_view NameOf(const Action& action) {
  if (const auto* unknown = std::get_if<UnknownAction>(&action)) return unknown->name;
  // In the order of the variant's alternatives.
  constexpr std::string_view kNames[] = {
      "add", "remove",         "cdc",        "metaData", "protocol",
      "txn", "domainMetadata", "commitInfo", "sidecar",  "checkpointMetadata"};
  static_assert(std::size(kNames) + 1 == std::variant_size_v<Action>);
  return kNames[action.index()];
}

}  // namespace

void AppendActionLine(const Action& action, std::string& out) {
  JsonWriter json(out);
  json.BeginObject();
  json.Key(NameOf(action));
  std::visit([&](const auto& value) { Write(value, json); }, action);
  json.EndObject();
  out += '\n';
}

}  // namespace deltaic::delta
