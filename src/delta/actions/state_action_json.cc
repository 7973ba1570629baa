#include "delta/actions/state_action_json.h"

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deltaic::delta {
namespace {

using Value = ActionMembers::Value;

int32_t ProtocolVersion(const ActionMembers& members, std::optional<int64_t> version,
                        std::string_view member) {
  if (!version) members.Fail("{} is missing", member);
  if (*version < 1 || *version > std::numeric_limits<int32_t>::max()) {
    members.Fail("{} is not a version ({})", member, *version);
  }
  return static_cast<int32_t>(*version);
}

// The texts and nulls of an object; nothing where there is another value, or a name twice.
std::optional<NullableTexts> TextsOf(const ActionMembers& members, ActionMembers::Object& object) {
  NullableTexts texts;
  for (auto member : object) {
    std::string_view name;
    Value value;
    simdjson::ondemand::json_type type;
    if (const auto error = member.unescaped_key().get(name)) members.FailJson(error, "tags");
    if (const auto error = member.value().get(value)) members.FailJson(error, "tags");
    if (const auto error = value.type().get(type)) members.FailJson(error, "tags");
    const bool is_null = type == simdjson::ondemand::json_type::null;
    if (!is_null && type != simdjson::ondemand::json_type::string) return std::nullopt;
    std::string key(name);
    if (!texts.emplace(std::move(key), members.OptionalText(value, "tags")).second) {
      return std::nullopt;
    }
  }
  return texts;
}

}  // namespace

Protocol ReadProtocol(const ActionMembers& members, Value action) {
  std::optional<int64_t> reader, writer;
  Protocol protocol;
  members.Each(action, "protocol", [&](std::string_view name, Value value) {
    if (name == "minReaderVersion") {
      reader = members.OptionalInteger(value, "protocol.minReaderVersion");
    } else if (name == "minWriterVersion") {
      writer = members.OptionalInteger(value, "protocol.minWriterVersion");
    } else if (name == "readerFeatures") {
      protocol.reader_features = members.OptionalTexts(value, "protocol.readerFeatures");
    } else if (name == "writerFeatures") {
      protocol.writer_features = members.OptionalTexts(value, "protocol.writerFeatures");
    } else {
      members.Keep(name, value, protocol.unknown_members);
    }
  });
  protocol.min_reader_version = ProtocolVersion(members, reader, "protocol.minReaderVersion");
  protocol.min_writer_version = ProtocolVersion(members, writer, "protocol.minWriterVersion");
  return protocol;
}

Metadata ReadMetadata(const ActionMembers& members, Value action) {
  std::optional<std::string> id, schema, provider;
  std::optional<std::vector<std::string>> partition_columns;
  bool has_format = false;
  Metadata metadata;
  const auto read_format = [&](std::string_view name, Value value) {
    if (name == "provider") {
      provider = members.OptionalText(value, "metaData.format.provider");
    } else if (name == "options") {
      metadata.format_options = members.TextMap(value, "metaData.format.options");
    } else {
      members.Keep(name, value, metadata.unknown_format_members);
    }
  };
  members.Each(action, "metaData", [&](std::string_view name, Value value) {
    if (name == "id") {
      id = members.OptionalText(value, "metaData.id");
    } else if (name == "name") {
      metadata.name = members.OptionalText(value, "metaData.name");
    } else if (name == "description") {
      metadata.description = members.OptionalText(value, "metaData.description");
    } else if (name == "format") {
      if (members.IsNull(value, "metaData.format")) return;
      has_format = true;
      members.Each(value, "metaData.format", read_format);
    } else if (name == "schemaString") {
      schema = members.OptionalText(value, "metaData.schemaString");
    } else if (name == "partitionColumns") {
      partition_columns = members.OptionalTexts(value, "metaData.partitionColumns");
    } else if (name == "configuration") {
      metadata.configuration = members.TextMap(value, "metaData.configuration");
    } else if (name == "createdTime") {
      metadata.created_time = members.OptionalInteger(value, "metaData.createdTime");
    } else {
      members.Keep(name, value, metadata.unknown_members);
    }
  });
  if (!id) members.Fail("metaData.id is missing");
  if (!has_format) members.Fail("metaData.format is missing");
  if (!provider) members.Fail("metaData.format.provider is missing");
  if (!partition_columns) members.Fail("metaData.partitionColumns is missing");
  metadata.id = *std::move(id);
  metadata.format_provider = *std::move(provider);
  metadata.schema_string = std::move(schema).value_or("");
  metadata.partition_columns = *std::move(partition_columns);
  return metadata;
}

SetTransaction ReadTransaction(const ActionMembers& members, Value action) {
  std::optional<std::string> app_id;
  std::optional<int64_t> version;
  SetTransaction transaction;
  members.Each(action, "txn", [&](std::string_view name, Value value) {
    if (name == "appId") {
      app_id = members.OptionalText(value, "txn.appId");
    } else if (name == "version") {
      version = members.OptionalInteger(value, "txn.version");
    } else if (name == "lastUpdated") {
      transaction.last_updated = members.OptionalInteger(value, "txn.lastUpdated");
    } else {
      members.Keep(name, value, transaction.unknown_members);
    }
  });
  if (!app_id) members.Fail("txn.appId is missing");
  if (!version) members.Fail("txn.version is missing");
  transaction.app_id = *std::move(app_id);
  transaction.version = *version;
  return transaction;
}

DomainMetadata ReadDomain(const ActionMembers& members, Value action) {
  std::optional<std::string> domain, configuration;
  std::optional<bool> removed;
  DomainMetadata metadata;
  members.Each(action, "domainMetadata", [&](std::string_view name, Value value) {
    if (name == "domain") {
      domain = members.OptionalText(value, "domainMetadata.domain");
    } else if (name == "configuration") {
      configuration = members.OptionalText(value, "domainMetadata.configuration");
    } else if (name == "removed") {
      removed = members.OptionalBoolean(value, "domainMetadata.removed");
    } else {
      members.Keep(name, value, metadata.unknown_members);
    }
  });
  if (!domain) members.Fail("domainMetadata.domain is missing");
  if (!removed) members.Fail("domainMetadata.removed is missing");
  if (!configuration && !*removed) members.Fail("domainMetadata.configuration is missing");
  metadata.domain = *std::move(domain);
  metadata.configuration = std::move(configuration).value_or("");
  metadata.removed = *removed;
  return metadata;
}

CommitInfo ReadCommitInfo(const ActionMembers& members, Value action) {
  ActionMembers::Object object;
  if (const auto error = action.get_object().get(object)) members.FailJson(error, "commitInfo");
  CommitInfo info;
  members.Each(object, "commitInfo", [&](std::string_view name, Value value) {
    int64_t number;
    if (name == "timestamp") {
      if (value.get_int64().get(number) == simdjson::SUCCESS) info.timestamp = number;
    } else if (name == "inCommitTimestamp") {
      if (value.get_int64().get(number) == simdjson::SUCCESS) info.in_commit_timestamp = number;
    }
  });
  std::string_view json;
  if (const auto error = object.reset().error()) members.FailJson(error, "commitInfo");
  if (const auto error = object.raw_json().get(json)) members.FailJson(error, "commitInfo");
  info.json.assign(json.substr(0, json.find_last_of('}') + 1));
  return info;
}

Sidecar ReadSidecar(const ActionMembers& members, Value action) {
  std::optional<std::string> path;
  std::optional<int64_t> size;
  Sidecar sidecar;
  members.Each(action, "sidecar", [&](std::string_view name, Value value) {
    if (name == "path") {
      path = members.OptionalText(value, "sidecar.path");
    } else if (name == "sizeInBytes") {
      size = members.OptionalInteger(value, "sidecar.sizeInBytes");
    } else if (name == "modificationTime") {
      sidecar.modification_time = members.OptionalInteger(value, "sidecar.modificationTime");
    } else if (name == "tags") {
      ReadTags(members, value, sidecar.tags, sidecar.unknown_members);
    } else {
      members.Keep(name, value, sidecar.unknown_members);
    }
  });
  if (!path) members.Fail("sidecar.path is missing");
  if (!size) members.Fail("sidecar.sizeInBytes is missing");
  sidecar.path = *std::move(path);
  sidecar.size = *size;
  return sidecar;
}

CheckpointMetadata ReadCheckpointMetadata(const ActionMembers& members, Value action) {
  std::optional<int64_t> version;
  CheckpointMetadata metadata;
  members.Each(action, "checkpointMetadata", [&](std::string_view name, Value value) {
    if (name == "version") {
      version = members.OptionalInteger(value, "checkpointMetadata.version");
    } else if (name == "tags") {
      ReadTags(members, value, metadata.tags, metadata.unknown_members);
    } else {
      members.Keep(name, value, metadata.unknown_members);
    }
  });
  if (!version) members.Fail("checkpointMetadata.version is missing");
  metadata.version = *version;
  return metadata;
}

void ReadTags(const ActionMembers& members, Value value, std::optional<NullableTexts>& tags,
              UnknownMembers& unknown) {
  if (members.IsNull(value, "tags")) return;
  ActionMembers::Object object;
  if (value.get_object().get(object)) return members.Keep("tags", value, unknown);
  tags = TextsOf(members, object);
  if (tags) return;
  if (const auto error = object.reset().error()) members.FailJson(error, "tags");
  unknown.emplace_back("tags", members.Json(object, "tags"));
}

}  // namespace deltaic::delta
