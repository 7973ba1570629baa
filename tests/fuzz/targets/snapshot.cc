// Whole logs: the input is a program that writes a valid one, of which a model tells every version,
// and then may damage it. An undamaged log reads as the model says; a damaged one reads or is
// refused.

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>
#include <deltaic/delta/log/history.h>
#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/scan/file_selection.h>
#include <deltaic/delta/snapshot/detail.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "delta/protocol/log_path.h"
#include "fuzz/arrow_checks.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

using datafusion::ObjectStore;
using delta::Snapshot;
using Random = FuzzedDataProvider;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

constexpr int kMaxCommits = 8;
constexpr int kMaxActions = 5;
constexpr int kNumPaths = 7;

// The live files of a version, by path, with their sizes.
using LiveFiles = std::map<std::string, int64_t>;

const char* Pick(Random& random, const std::vector<const char*>& texts) {
  return texts[random.ConsumeIntegralInRange<size_t>(0, texts.size() - 1)];
}

std::string Metadata(Random& random) {
  return fmt::format(
      R"({{"metaData":{{"id":"i","format":{{"provider":"parquet","options":{{}}}},)"
      R"("schemaString":"{{\"type\":\"struct\",\"fields\":[)"
      R"({{\"name\":\"x\",\"type\":\"{}\",\"nullable\":true,\"metadata\":{{}}}},)"
      R"({{\"name\":\"p\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{{}}}}]}}",)"
      R"("partitionColumns":["p"],"configuration":{{{}}}}}}})",
      Pick(random, {"long", "string", "double", "timestamp", "date", "decimal(10,2)"}),
      Pick(random, {"", R"("delta.dataSkippingNumIndexedCols":"-1")",
                    R"("delta.dataSkippingStatsColumns":"x")", R"("a":"b")"}));
}

std::string Add(Random& random, const std::string& path, int64_t size) {
  return fmt::format(
      R"({{"add":{{"path":"{}","partitionValues":{{"p":{}}},"size":{},"modificationTime":{},)"
      R"("dataChange":true{}}}}})",
      path, Pick(random, {"null", R"("1")", R"("-7")", R"("")"}), size,
      random.ConsumeIntegral<int64_t>(),
      Pick(random,
           {"", R"(,"stats":"{\"numRecords\":3}")", R"(,"stats":"{")",
            R"(,"stats":"{\"numRecords\":9,\"minValues\":{\"x\":1},\"maxValues\":{\"x\":5},)"
            R"(\"nullCount\":{\"x\":0}}")",
            R"(,"stats":"{\"numRecords\":9,\"minValues\":{\"x\":\"2024-01-01\"}}")"}));
}

// A log in memory, and what it says.
class Log {
 public:
  explicit Log(const ObjectStore& store) : store_(store) {
    for (const auto& object : store_.List(delta::kLogFolder)) store_.Delete(object.location);
    store_.Delete(delta::kLastCheckpointLocation);
  }

  void Write(Random& random) {
    const int count = random.ConsumeIntegralInRange(1, kMaxCommits);
    for (int version = 0; version < count; ++version) WriteCommit(random, version);
  }

  // Does damage as long as the input says what; true if there was any.
  bool Damage(Random& random) {
    bool is_damaged = false;
    while (random.remaining_bytes() > 0 && random.ConsumeBool()) {
      is_damaged = true;
      DamageOnce(random);
    }
    return is_damaged;
  }

  const std::vector<LiveFiles>& versions() const { return versions_; }

 private:
  void WriteCommit(Random& random, int64_t version) {
    std::string lines;
    std::set<std::string> touched;
    bool has_metadata = false;
    if (version == 0) {
      lines = "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n";
      lines += Metadata(random) + "\n";
      has_metadata = true;
    }
    const int count = random.ConsumeIntegralInRange(version == 0 ? 0 : 1, kMaxActions);
    for (int i = 0; i < count; ++i) {
      const std::string path = fmt::format("f{}", random.ConsumeIntegralInRange(0, kNumPaths - 1));
      switch (random.ConsumeIntegralInRange(0, 6)) {
        case 0:
        case 1:
        case 2:
          if (!touched.insert(path).second) break;
          live_[path] = random.ConsumeIntegralInRange<int64_t>(0, INT64_MAX / 64);
          lines += Add(random, path, live_[path]) + "\n";
          continue;
        case 3:
          if (!touched.insert(path).second) break;
          live_.erase(path);
          lines += fmt::format("{{\"remove\":{{\"path\":\"{}\",\"dataChange\":true}}}}\n", path);
          continue;
        case 4:
          if (has_metadata) break;
          has_metadata = true;
          lines += Metadata(random) + "\n";
          continue;
        case 5:
          lines += "{\"someday\":{\"x\":[1,{\"y\":null}]}}\n";
          continue;
        default:
          break;
      }
      lines += "\n{\"txn\":{\"appId\":\"a\",\"version\":1}}\r\n";
    }
    if (random.ConsumeBool()) lines += "{\"commitInfo\":{\"timestamp\":1,\"operation\":\"W\"}}\n";
    if (lines.empty()) lines = "{\"txn\":{\"appId\":\"a\",\"version\":1}}\n";
    Put(delta::CommitLocation(version), lines);
    versions_.push_back(live_);
  }

  void DamageOnce(Random& random) {
    const auto which = random.ConsumeIntegralInRange<size_t>(0, files_.size() - 1);
    const auto file = std::next(files_.begin(), static_cast<ptrdiff_t>(which));
    const auto at = random.ConsumeIntegralInRange<size_t>(0, file->second.size());
    std::string bytes = file->second;
    switch (random.ConsumeIntegralInRange(0, 6)) {
      case 0:
        store_.Delete(file->first);
        return;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        if (at < bytes.size()) bytes[at] = random.ConsumeIntegral<char>();
        break;
      case 3:
        bytes.insert(at, random.ConsumeRandomLengthString(64));
        break;
      case 4:
        Put(std::string(delta::kLastCheckpointLocation), random.ConsumeRandomLengthString(64));
        return;
      case 5:
        Put(fmt::format(
                "{}/{}", delta::kLogFolder,
                Pick(random, {"00000000000000000001.checkpoint.parquet", "00000000000000000002.crc",
                              "09223372036854775807.json",
                              "00000000000000000000.00000000000000000002.compacted.json",
                              "00000000000000000001.checkpoint.0000000001.0000000002.parquet",
                              "00000000000000000003.checkpoint.00000000-0000-0000-0000-"
                              "000000000000.json"})),
            random.ConsumeRandomLengthString(64));
        return;
      default:
        Put(delta::CommitLocation(random.ConsumeIntegralInRange<int64_t>(0, kMaxCommits + 1)),
            bytes);
        return;
    }
    Put(file->first, bytes);
  }

  void Put(const std::string& location, const std::string& bytes) {
    files_[location] = bytes;
    store_.Put(location, bytes);
  }

  const ObjectStore& store_;
  std::map<std::string, std::string> files_;
  LiveFiles live_;
  std::vector<LiveFiles> versions_;
};

LiveFiles FilesOf(const Snapshot& snapshot) {
  LiveFiles files;
  for (int64_t i = 0; i < snapshot.files().size(); ++i) {
    const bool is_new =
        files.emplace(std::string(snapshot.files().path(i)), snapshot.files().file_size(i)).second;
    Expect(is_new, "a live file is there once");
  }
  return files;
}

// Runs what may be refused.
template <typename Work>
void MayFail(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    Expect(error.code() != ErrorCode::kInternal, "no input leads to a defect");
  }
}

void Use(const Snapshot& snapshot) {
  delta::ToRecordBatch(delta::Detail(snapshot));
  MayFail([&] {
    for (const RecordBatch& batch : delta::GetAddActions(snapshot)) ExpectValid(batch);
  });
  MayFail([&] { delta::FilesMatchingFilters(snapshot, {{{"p", ">=", {"1"}}}}); });
}

}  // namespace

void Run(std::string_view input) {
  static const delta::TableAccess access(ObjectStore::Open("memory://fuzz_snapshot/t"));
  Random random(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  Log log(access.store());
  log.Write(random);
  const auto last = static_cast<int64_t>(log.versions().size()) - 1;
  const SnapshotPtr old =
      delta::LoadSnapshotAtVersion(access, random.ConsumeIntegralInRange<int64_t>(0, last));
  Expect(FilesOf(*old) == log.versions()[static_cast<size_t>(old->version())],
         "a version is what its log says");
  if (!log.Damage(random)) {
    const SnapshotPtr latest = delta::LoadLatestSnapshot(access);
    Expect(latest->version() == last, "the newest version is the last commit");
    Expect(FilesOf(*latest) == log.versions().back(), "the newest version is what its log says");
    Expect(FilesOf(*delta::RefreshSnapshot(old)) == log.versions().back(),
           "a refreshed snapshot is the newest");
    Expect(delta::History(access).size() == log.versions().size(), "a commit is in the history");
    Use(*latest);
    return;
  }
  MayFail([&] { FilesOf(*delta::RefreshSnapshot(old)); });
  MayFail([&] { delta::History(access); });
  MayFail([&] { delta::LoadSnapshotAtVersion(access, old->version()); });
  MayFail([&] { delta::LoadSnapshotAtTimestamp(access, INT64_MAX); });
  const SnapshotPtr latest = delta::LoadLatestSnapshot(access);
  FilesOf(*latest);
  Use(*latest);
}

}  // namespace deltaic::fuzz
