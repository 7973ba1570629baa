#include "delta/log/checksum_writer.h"

#include <string_view>

#include "base/text/json_writer.h"
#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

// An action as the value that its line has: {"txn":…} without what is around.
std::string ValueOf(const Action& action) {
  std::string line;
  AppendActionLine(action, line);
  const size_t begin = line.find(':') + 1;
  return line.substr(begin, line.rfind('}') - begin);
}

void Add(std::string_view name, std::optional<int64_t> number, JsonWriter& json) {
  if (!number) return;
  json.Key(name);
  json.Integer(*number);
}

template <typename Actions>
void AddList(std::string_view name, const Actions& actions, JsonWriter& json) {
  if (!actions) return;
  json.Key(name);
  json.BeginArray();
  for (const auto& [key, action] : *actions) json.Raw(ValueOf(action));
  json.EndArray();
}

}  // namespace

std::string FormatVersionChecksum(const VersionChecksum& checksum,
                                  const std::optional<std::string>& txn_id) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  if (txn_id) {
    json.Key("txnId");
    json.String(*txn_id);
  }
  Add("tableSizeBytes", checksum.table_size_bytes, json);
  Add("numFiles", checksum.num_files, json);
  Add("numDeletedRecordsOpt", checksum.num_deleted_records, json);
  Add("numDeletionVectorsOpt", checksum.num_deletion_vectors, json);
  Add("numMetadata", 1, json);
  Add("numProtocol", 1, json);
  Add("inCommitTimestampOpt", checksum.in_commit_timestamp, json);
  AddList("setTransactions", checksum.transactions, json);
  AddList("domainMetadata", checksum.domains, json);
  json.Key("metadata");
  json.Raw(ValueOf(checksum.metadata.value()));
  json.Key("protocol");
  json.Raw(ValueOf(checksum.protocol.value()));
  json.EndObject();
  return text;
}

void WriteVersionChecksum(const datafusion::ObjectStore& store, int64_t version,
                          const VersionChecksum& checksum,
                          const std::optional<std::string>& txn_id) {
  // Whether one was there makes no difference: it says the same.
  store.PutIfAbsent(ChecksumLocation(version), FormatVersionChecksum(checksum, txn_id));
}

}  // namespace deltaic::delta
