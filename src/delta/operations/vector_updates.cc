#include "delta/operations/vector_updates.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "base/text/json_text.h"
#include "base/text/json_writer.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/snapshot/file_removal.h"
#include "delta/snapshot/live_add_actions.h"

namespace deltaic::delta {
namespace {

FileKey KeyOf(const Snapshot& snapshot, int64_t file) {
  FileKey key{snapshot.files().path(file), ""};
  if (const auto vector = snapshot.files().deletion_vector(file)) {
    const std::optional<int64_t> offset = vector->offset;
    key.deletion_vector_id = DeletionVectorId(std::string_view(&vector->storage_type, 1),
                                              vector->path_or_inline, offset ? &*offset : nullptr);
  }
  return key;
}

// The text of a value, as it is spelled.
std::string_view RawJson(simdjson::ondemand::value value) {
  std::string_view json;
  simdjson::ondemand::object object;
  simdjson::ondemand::array array;
  if (value.get_object().get(object) == simdjson::SUCCESS) {
    if (object.raw_json().get(json) != simdjson::SUCCESS) return "null";
  } else if (value.get_array().get(array) == simdjson::SUCCESS) {
    if (array.raw_json().get(json) != simdjson::SUCCESS) return "null";
  } else {
    json = value.raw_json_token();
  }
  return json.substr(0, json.find_last_not_of(" \t\r\n") + 1);
}

// Copies the members of statistics that vectors do not change.
void CopyMembers(const std::string& stats, JsonWriter& json) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(stats);
  simdjson::ondemand::document document;
  simdjson::ondemand::object members;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(members) != simdjson::SUCCESS) {
    return;
  }
  for (auto member : members) {
    std::string_view key;
    simdjson::ondemand::value value;
    if (member.unescaped_key().get(key) != simdjson::SUCCESS ||
        member.value().get(value) != simdjson::SUCCESS) {
      return;
    }
    if (key == "numRecords" || key == "tightBounds") continue;
    const std::string name(key);
    json.Key(name);
    json.Raw(RawJson(value));
  }
}

}  // namespace

std::string WithWideBounds(const std::optional<std::string>& stats, int64_t num_records) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Key("numRecords");
  json.Integer(num_records);
  // Statistics that are no JSON count as none.
  if (stats && IsJsonText(*stats)) CopyMembers(*stats, json);
  json.Key("tightBounds");
  json.Boolean(false);
  json.EndObject();
  return text;
}

VectorMetrics StageVectors(const Snapshot& snapshot, const std::vector<ReducedFile>& files,
                           int64_t deletion_ms, DeletionVectorFiles& vectors,
                           Transaction& transaction) {
  std::set<FileKey> keys;
  for (const ReducedFile& reduced : files) keys.insert(KeyOf(snapshot, reduced.file));
  std::map<FileKey, AddFile> adds =
      ReadLiveAddActions(snapshot.access(), snapshot.segment(), std::move(keys));
  VectorMetrics metrics;
  for (const ReducedFile& reduced : files) {
    RemoveFile remove = RemovalOf(snapshot, reduced.file, deletion_ms);
    ++(remove.deletion_vector ? metrics.num_updated : metrics.num_added);
    transaction.Stage(std::move(remove));
    AddFile add = std::move(adds.at(KeyOf(snapshot, reduced.file)));
    add.deletion_vector = vectors.Add(reduced.deleted);
    add.stats = WithWideBounds(add.stats, reduced.num_records);
    add.data_change = true;
    transaction.Stage(std::move(add));
  }
  vectors.Finish();
  return metrics;
}

}  // namespace deltaic::delta
