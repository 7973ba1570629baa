#include "delta/log/checkpoint/last_checkpoint.h"

#include <limits>
#include <string>

#include <simdjson.h>

#include <deltaic/base/error.h>

#include "base/text/json_writer.h"
#include "delta/actions/json_checksum.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {

std::optional<LastCheckpointHint> ParseLastCheckpoint(std::string_view json) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) {
    return std::nullopt;
  }
  std::optional<int64_t> version, num_parts;
  std::string checksum, path;
  for (auto member : object) {
    std::string_view name;
    simdjson::ondemand::value value;
    if (member.unescaped_key().get(name) || member.value().get(value)) return std::nullopt;
    if (name == "checksum" || name == "v2Checkpoint") {
      std::string_view text;
      simdjson::ondemand::object checkpoint;
      if (name == "v2Checkpoint" && !value.get_object().get(checkpoint)) {
        if (checkpoint["path"].get_string().get(text)) continue;
        path = text;
      } else if (name == "checksum" && !value.get_string().get(text)) {
        checksum = text;
      }
      continue;
    }
    if (name != "version" && name != "parts") continue;
    bool is_null;
    int64_t number;
    if (value.is_null().get(is_null)) return std::nullopt;
    if (is_null) continue;
    if (value.get_int64().get(number)) return std::nullopt;
    (name == "version" ? version : num_parts) = number;
  }
  if (!version || *version < 0) return std::nullopt;
  if (!checksum.empty() && JsonChecksum(json) != checksum) return std::nullopt;
  LastCheckpointHint hint{*version};
  if (num_parts) {
    if (*num_parts < 1 || *num_parts > std::numeric_limits<int32_t>::max()) return std::nullopt;
    hint.num_parts = static_cast<int32_t>(*num_parts);
  }
  const std::optional<LogFileName> file = ParseLogFileName(path);
  if (file && file->kind == LogFileKind::kUuidCheckpoint && file->version == hint.version) {
    hint.file_name = path;
  }
  return hint;
}

std::optional<LastCheckpointHint> ReadLastCheckpoint(const datafusion::ObjectStore& store) {
  try {
    return ParseLastCheckpoint(store.Get(kLastCheckpointLocation).view());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kForked) throw;
    return std::nullopt;
  }
}

namespace {

std::string LastCheckpointJson(const LastCheckpoint& checkpoint,
                               const std::optional<std::string>& checksum) {
  std::string text;
  JsonWriter json(text);
  const auto add = [&json](std::string_view name, int64_t number) {
    json.Key(name);
    json.Integer(number);
  };
  json.BeginObject();
  add("version", checkpoint.version);
  add("size", checkpoint.num_actions);
  add("sizeInBytes", checkpoint.size_in_bytes);
  add("numOfAddFiles", checkpoint.num_adds);
  if (!checkpoint.file_name.empty()) {
    json.Key("v2Checkpoint");
    json.BeginObject();
    json.Key("path");
    json.String(checkpoint.file_name);
    json.EndObject();
  }
  if (checksum) {
    json.Key("checksum");
    json.String(*checksum);
  }
  json.EndObject();
  return text;
}

}  // namespace

std::string FormatLastCheckpoint(const LastCheckpoint& checkpoint) {
  return LastCheckpointJson(checkpoint, JsonChecksum(LastCheckpointJson(checkpoint, std::nullopt)));
}

void WriteLastCheckpoint(const datafusion::ObjectStore& store, const LastCheckpoint& checkpoint) {
  const std::optional<LastCheckpointHint> hint = ReadLastCheckpoint(store);
  if (hint && hint->version > checkpoint.version) return;
  store.Put(kLastCheckpointLocation, FormatLastCheckpoint(checkpoint));
}

}  // namespace deltaic::delta
