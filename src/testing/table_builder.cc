#include "testing/table_builder.h"

#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "delta/actions/action_text.h"
#include "delta/protocol/log_path.h"

namespace deltaic::testing {

using datafusion::ObjectStore;

ObjectStore NewMemoryStore() {
  static std::atomic<int> stores = 0;
  return ObjectStore::Open(fmt::format("memory://table_builder_{}/t", ++stores));
}

delta::Protocol SomeProtocol() { return {.min_reader_version = 1, .min_writer_version = 2}; }

delta::Metadata SomeMetadata(std::map<std::string, std::string> configuration,
                             std::vector<std::string> partition_columns) {
  delta::Metadata metadata;
  metadata.id = "i";
  metadata.schema_string =
      R"({"type":"struct","fields":[{"name":"x","type":"long","nullable":true,"metadata":{}},)"
      R"({"name":"p","type":"string","nullable":true,"metadata":{}}]})";
  metadata.partition_columns = std::move(partition_columns);
  metadata.configuration = std::move(configuration);
  return metadata;
}

delta::AddFile SomeFile(std::string_view path, int64_t size) {
  return {.path = std::string(path),
          .partition_values = {{"p", fmt::format("v{}", size)}},
          .size = size,
          .modification_time = 2};
}

delta::RemoveFile Removed(std::string_view path) { return {.path = std::string(path)}; }

int64_t TableBuilder::Commit(const std::vector<delta::Action>& actions) {
  std::string text;
  for (const delta::Action& action : actions) delta::AppendActionLine(action, text);
  store_.Put(delta::CommitLocation(next_version_), text);
  return next_version_++;
}

void TableBuilder::Create() { Commit({SomeProtocol(), SomeMetadata(), SomeFile("f0")}); }

void TableBuilder::Append(int64_t count) {
  for (; count > 0; --count) Commit({SomeFile(fmt::format("f{}", next_version_))});
}

void TableBuilder::Forget(int64_t first, int64_t last) {
  for (int64_t version = first; version <= last; ++version) {
    store_.Delete(delta::CommitLocation(version));
  }
}

}  // namespace deltaic::testing
