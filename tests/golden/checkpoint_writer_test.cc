// Checkpoints of the golden tables say what their logs say, to the last member.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include <deltaic/base/error.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/scan/add_actions.h>
#include <deltaic/delta/snapshot/checksum_report.h>
#include <deltaic/delta/snapshot/snapshot_loader.h>

#include "columnar/arrow_column.h"
#include "delta/log/checkpoint/column_json.h"
#include "delta/log/checkpoint/output/checkpoint_writer.h"
#include "delta/log/log_segment.h"
#include "delta/protocol/log_path.h"
#include "delta/protocol/table_properties.h"
#include "delta/transaction/post_commit.h"
#include "testing/file_actions_of.h"
#include "testing/table_builder.h"

namespace deltaic::delta {
namespace {

namespace fs = std::filesystem;
using datafusion::ObjectStore;

// The roots of the tables that have a log.
std::vector<fs::path> Tables(const fs::path& root) {
  std::vector<fs::path> tables;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory() && entry.path().filename() == kLogFolder) {
      tables.push_back(entry.path().parent_path());
    }
  }
  return tables;
}

std::string Content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The table's log in a store of its own.
ObjectStore CopyLog(const fs::path& table) {
  const ObjectStore store = testing::NewMemoryStore();
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(table / kLogFolder)) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), table).generic_string();
    try {
      store.Put(name, Content(entry.path()));
    } catch (const Error&) {
      // A name that a store does not take is none of the log.
    }
  }
  return store;
}

std::shared_ptr<const Snapshot> LoadOrNothing(const TableAccess& access) {
  try {
    return LoadLatestSnapshot(access);
  } catch (const Error&) {
    return nullptr;
  }
}

TableState StateOf(const Snapshot& snapshot) {
  TableState state;
  state.protocol = {snapshot.protocol(), ""};
  state.metadata = {snapshot.metadata(), ""};
  state.transactions = snapshot.transactions();
  state.domains = snapshot.domains();
  return state;
}

// All that is known of live files, statistics as the log has them among it: a JSON object a file.
std::multiset<std::string> Known(const Snapshot& snapshot) {
  std::multiset<std::string> known;
  for (const RecordBatch& batch : GetAddActions(snapshot)) {
    nanoarrow::UniqueArrayView view;
    EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), 0);
    const ArrowColumn root(batch.schema().c_schema(), view.get());
    for (int64_t row = 0; row < batch.num_rows(); ++row) known.insert(ColumnJson(root, row));
  }
  return known;
}

void ExpectSameSnapshot(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.version(), b.version());
  EXPECT_EQ(a.timestamp_ms(), b.timestamp_ms());
  EXPECT_EQ(a.protocol(), b.protocol());
  EXPECT_EQ(a.metadata(), b.metadata());
  EXPECT_EQ(a.transactions(), b.transactions());
  EXPECT_EQ(a.domains(), b.domains());
  EXPECT_EQ(a.files().size(), b.files().size());
  EXPECT_EQ(a.files().total_size(), b.files().total_size());
  const TableProperties properties(a.metadata());
  if (properties.statistics_as_json() || properties.statistics_as_struct()) {
    EXPECT_EQ(Known(a), Known(b));
  }
}

// The statistics of added files are left out where the table wants no texts.
void DropTexts(Action& action) {
  if (AddFile* add = std::get_if<AddFile>(&action)) add->stats.reset();
}

// Writes a checkpoint of the newest version and holds it against what there was; false where the
// version has one.
bool Check(const TableAccess& access, const Snapshot& before) {
  auto wanted = testing::FileActionsOf(access.store(), before.segment());
  if (!WriteCheckpoint(access, before.segment(), StateOf(before), 0).is_new) return false;
  const auto after = LoadLatestSnapshot(access);
  EXPECT_TRUE(after->segment().checkpoint && after->segment().commits.empty());
  EXPECT_TRUE(after->warnings().empty());
  ExpectSameSnapshot(before, *after);
  auto found = testing::FileActionsOf(access.store(), after->segment());
  if (!TableProperties(before.metadata()).statistics_as_json()) {
    for (auto& [key, action] : wanted) DropTexts(action);
    for (auto& [key, action] : found) DropTexts(action);
  }
  EXPECT_EQ(found.size(), wanted.size());
  for (const auto& [key, action] : wanted) {
    const auto place = found.find(key);
    if (const auto* removed = std::get_if<RemoveFile>(&action)) {
      // Expired by any clock.
      if (removed->deletion_timestamp.value_or(0) <= 0) continue;
    }
    if (place == found.end()) {
      ADD_FAILURE() << "lost: " << key.path;
    } else {
      EXPECT_EQ(place->second, action) << key.path;
    }
  }
  return true;
}

// Has a checksum written in the place of the one that is there, and holds it against the snapshot.
void CheckChecksum(const Snapshot& snapshot) {
  snapshot.store().Delete(ChecksumLocation(snapshot.version()));
  WriteChecksum(snapshot);
  const ChecksumReport report = VerifyChecksum(snapshot);
  EXPECT_EQ(report.state, ChecksumReport::State::kMatches)
      << fmt::format("{}", fmt::join(report.differences, "; "));
}

TEST(GoldenCheckpoints, SayWhatTheLogSays) {
  const char* root = std::getenv("DELTAIC_GOLDEN");
  if (root == nullptr) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "set DELTAIC_GOLDEN";
    GTEST_SKIP() << "DELTAIC_GOLDEN is not set";
  }
  size_t num_tables = 0, num_based = 0;
  for (const fs::path& table : Tables(root)) {
    SCOPED_TRACE(table.string());
    const TableAccess access(CopyLog(table));
    const auto before = LoadOrNothing(access);
    if (!before || !before->segment().own_commit) continue;
    try {
      CheckChecksum(*before);
      if (!Check(access, *before)) continue;
    } catch (const Error& error) {
      ADD_FAILURE() << error.message();
      continue;
    }
    ++num_tables;
    if (before->segment().checkpoint) ++num_based;
  }
  EXPECT_GT(num_tables, 100u);
  EXPECT_GT(num_based, 10u);
}

}  // namespace
}  // namespace deltaic::delta
