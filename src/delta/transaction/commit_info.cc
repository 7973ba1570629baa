#include "delta/transaction/commit_info.h"

#include <set>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/transaction/commit_properties.h>

#include "base/text/excerpt.h"
#include "base/text/json_text.h"
#include "base/text/json_writer.h"
#include "base/version.h"

namespace deltaic::delta {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kOperationParameters = "operationParameters";

enum class CustomMember : uint8_t { kFree, kReserved, kText, kObject };

CustomMember MemberOf(std::string_view name) {
  static const std::set<std::string_view> kReserved = {
      "timestamp",      "operation",     "engineInfo", "operationMetrics",  "readVersion",
      "isolationLevel", "isBlindAppend", "txnId",      "inCommitTimestamp", "tags"};
  static const std::set<std::string_view> kTexts = {"userId", "userName", "userMetadata"};
  if (kReserved.contains(name)) return CustomMember::kReserved;
  if (kTexts.contains(name)) return CustomMember::kText;
  return name == kOperationParameters ? CustomMember::kObject : CustomMember::kFree;
}

[[noreturn]] void RefuseMember(std::string_view name, std::string_view why) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("The commit's metadata {}: {}", why, Excerpt(name)));
}

// Checks a member as readers will meet it, within the action: nesting has a limit.
void CheckMember(const std::string& name, const std::string& json) {
  const CustomMember member = MemberOf(name);
  if (member == CustomMember::kReserved) {
    RefuseMember(name, "has a member that only Deltaic may write");
  }
  std::string action;
  JsonWriter writer(action);
  writer.BeginObject();
  writer.Key("commitInfo");
  writer.BeginObject();
  writer.Key(name);
  writer.Raw(json);
  writer.EndObject();
  writer.EndObject();
  dom::parser parser;
  dom::element value;
  if (!IsJsonText(json) ||
      parser.parse(action).at_key("commitInfo").get_object().at_key(name).get(value) !=
          simdjson::SUCCESS) {
    RefuseMember(name, "has a member that is no JSON text");
  }
  if (member == CustomMember::kText && !value.is_string()) {
    RefuseMember(name, "has a member that must be a text");
  }
  if (member == CustomMember::kObject && !value.is_object()) {
    RefuseMember(name, "has a member that must be an object");
  }
}

void WriteTexts(std::string_view name, const std::map<std::string, std::string>& texts,
                JsonWriter& json) {
  json.Key(name);
  json.BeginObject();
  for (const auto& [key, text] : texts) {
    json.Key(key);
    json.String(text);
  }
  json.EndObject();
}

// The members of `custom`, an object, count more than those of the operation.
void WriteParameters(const CommitOperation& operation, const std::string* custom,
                     JsonWriter& json) {
  if (custom == nullptr) {
    WriteTexts(kOperationParameters, operation.parameters, json);
    return;
  }
  dom::parser parser;
  std::map<std::string, std::string> values;
  for (const auto& [key, text] : operation.parameters) {
    JsonWriter(values[key]).String(text);
  }
  for (const dom::key_value_pair member : dom::object(parser.parse(*custom))) {
    values[std::string(member.key)] = simdjson::minify(member.value);
  }
  json.Key(kOperationParameters);
  json.BeginObject();
  for (const auto& [key, value] : values) {
    json.Key(key);
    json.Raw(value);
  }
  json.EndObject();
}

std::optional<std::string> TextOf(const dom::object& object, std::string_view name) {
  std::string_view text;
  if (object.at_key(name).get(text) != simdjson::SUCCESS) return std::nullopt;
  return std::string(text);
}

}  // namespace

void CheckCommitProperties(const CommitProperties& properties) {
  for (const auto& [name, json] : properties.custom_metadata) CheckMember(name, json);
  std::set<std::string_view> app_ids;
  for (const SetTransaction& transaction : properties.app_transactions) {
    if (transaction.app_id.empty() || !app_ids.insert(transaction.app_id).second) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("An application's id is empty or has two transactions: {}",
                              Excerpt(transaction.app_id)));
    }
  }
  const bool is_negative =
      properties.max_commit_retries.value_or(0) < 0 || properties.max_commit_time.count() < 0 ||
      properties.min_back_off.count() < 0 || properties.max_back_off.count() < 0;
  if (is_negative) {
    throw Error(ErrorCode::kInvalidArgument,
                "The numbers and times of commit properties must not be negative.");
  }
}

std::string_view IsolationLevelName(IsolationLevel level) {
  switch (level) {
    case IsolationLevel::kSerializable:
      return "Serializable";
    case IsolationLevel::kWriteSerializable:
      return "WriteSerializable";
    case IsolationLevel::kSnapshotIsolation:
      return "SnapshotIsolation";
  }
  return "";
}

CommitInfo MakeCommitInfo(const CommitProvenance& provenance) {
  CommitInfo info;
  JsonWriter json(info.json);
  json.BeginObject();
  // Among the first bytes, where readers look for it.
  if (provenance.in_commit_timestamp_ms) {
    json.Key("inCommitTimestamp");
    json.Integer(*provenance.in_commit_timestamp_ms);
  }
  json.Key("timestamp");
  json.Integer(provenance.timestamp_ms);
  json.Key("operation");
  json.String(provenance.operation.name);
  const auto& custom = provenance.custom_metadata;
  const auto parameters = custom.find(std::string(kOperationParameters));
  WriteParameters(provenance.operation, parameters == custom.end() ? nullptr : &parameters->second,
                  json);
  if (provenance.read_version) {
    json.Key("readVersion");
    json.Integer(*provenance.read_version);
  }
  json.Key("isolationLevel");
  json.String(IsolationLevelName(provenance.isolation_level));
  json.Key("isBlindAppend");
  json.Boolean(provenance.is_blind_append);
  WriteTexts("operationMetrics", provenance.operation.metrics, json);
  if (provenance.row_ids_preserved) {
    json.Key("tags");
    json.BeginObject();
    json.Key("delta.rowTracking.preserved");
    json.String(*provenance.row_ids_preserved ? "true" : "false");
    json.EndObject();
  }
  json.Key("engineInfo");
  json.String(fmt::format("deltaic/{}", Version()));
  json.Key("txnId");
  json.String(provenance.txn_id);
  for (const auto& [name, value] : custom) {
    if (name == kOperationParameters) continue;
    json.Key(name);
    json.Raw(JsonInOneLine(value));
  }
  json.EndObject();
  info.timestamp = provenance.timestamp_ms;
  info.in_commit_timestamp = provenance.in_commit_timestamp_ms;
  return info;
}

CommitInfoFacts ReadCommitInfoFacts(std::string_view json) {
  dom::parser parser;
  dom::object info;
  if (parser.parse(json.data(), json.size()).get(info) != simdjson::SUCCESS) return {};
  CommitInfoFacts facts;
  facts.operation = TextOf(info, "operation");
  facts.txn_id = TextOf(info, "txnId");
  bool is_blind = false;
  facts.is_blind_append =
      info.at_key("isBlindAppend").get(is_blind) == simdjson::SUCCESS && is_blind;
  return facts;
}

}  // namespace deltaic::delta
