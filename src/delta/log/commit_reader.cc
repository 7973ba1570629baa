#include "delta/log/commit_reader.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "delta/actions/action_json.h"

namespace deltaic::delta {
namespace {

// What one thread fetches at a time, so that the bytes under way stay few: of files of this system
// what stays in the processor's cache until it is parsed.
constexpr size_t kMaxBatchCommits = 256;
constexpr int64_t kMaxBatchBytes = int64_t{4} << 20;
constexpr int64_t kMaxLocalBatchBytes = int64_t{1} << 20;

// How many fetch and parse side by side, most of their time waiting for the store.
constexpr size_t kRemoteReaders = 8;

// A commit beyond this is parsed in pieces of about this size.
constexpr size_t kPieceBytes = size_t{8} << 20;

// How a commit is looked through that is longer than a line may be.
constexpr int64_t kWindowBytes = int64_t{8} << 20;

// Commits [begin, end) that are fetched together.
struct Batch {
  size_t begin;
  size_t end;
};

std::vector<Batch> MakeBatches(const std::vector<CommitFile>& files, int64_t max_bytes) {
  std::vector<Batch> batches;
  int64_t bytes = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    const int64_t size = files[i].object.size;
    const bool fits = !batches.empty() && i - batches.back().begin < kMaxBatchCommits &&
                      size <= max_bytes - bytes;
    if (!fits) {
      batches.push_back({i, i});
      bytes = 0;
    }
    batches.back().end = i + 1;
    bytes += std::min(size, max_bytes);
  }
  return batches;
}

// Makes sure that a long commit has no line which is refused once all of it is in memory.
void CheckLines(const datafusion::ObjectStore& store, const CommitFile& file) {
  const datafusion::ObjectMeta& object = file.object;
  if (file.content || object.size <= static_cast<int64_t>(kMaxActionBytes)) return;
  int64_t line = 1;
  size_t length = 0;
  for (int64_t offset = 0; offset < object.size; offset += kWindowBytes) {
    ThrowIfCancelled();
    const datafusion::Bytes bytes =
        store.GetRange(object.location, offset, std::min(kWindowBytes, object.size - offset));
    const std::string_view window = bytes.view();
    const size_t line_end = std::min(window.find('\n'), window.size());
    length += line_end;
    if (length > kMaxActionBytes) {
      throw Error(ErrorCode::kResourcesExhausted,
                  fmt::format("Commit {} has a line of more than {} MiB: {}, line {}.",
                              file.version, kMaxActionBytes >> 20, object.location, line));
    }
    if (line_end == window.size()) continue;
    line += std::count(window.begin(), window.end(), '\n');
    length = window.size() - window.rfind('\n') - 1;
  }
}

}  // namespace

// Cuts where a line begins with an object; such a place is within no other object's line.
std::vector<std::string_view> CutIntoPieces(std::string_view json, size_t least_bytes) {
  std::vector<std::string_view> pieces;
  while (json.size() > 2 * least_bytes) {
    const size_t line_end = json.find("\n{", least_bytes);
    if (line_end == std::string_view::npos) break;
    pieces.push_back(json.substr(0, line_end + 1));
    json.remove_prefix(line_end + 1);
  }
  pieces.push_back(json);
  return pieces;
}

Commit ParseCommit(const CommitFile& file, std::string_view json, ActionParser& parser,
                   std::string_view what) {
  const std::vector<std::string_view> pieces = CutIntoPieces(json, kPieceBytes);
  std::vector<int64_t> first_lines = {1};
  while (first_lines.size() < pieces.size()) {
    const std::string_view piece = pieces[first_lines.size() - 1];
    first_lines.push_back(first_lines.back() + std::count(piece.begin(), piece.end(), '\n'));
  }
  Commit commit{file.version, file.object.location, std::vector<CommitActions>(pieces.size())};
  if (pieces.size() == 1) {
    commit.pieces[0] = parser.Parse(json, {commit.location, commit.version, 1, what});
  } else {
    ParallelFor(pieces.size(), [&](size_t i) {
      ThrowIfCancelled();
      commit.pieces[i] =
          ParseCommitActions(pieces[i], {commit.location, commit.version, first_lines[i], what,
                                         static_cast<size_t>(pieces[i].data() - json.data())});
    });
  }
  const bool is_empty =
      std::all_of(commit.pieces.begin(), commit.pieces.end(),
                  [](const CommitActions& piece) { return piece.num_objects == 0; });
  if (is_empty) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("{} {} is corrupt: it has no action: {}, line 1.", what, commit.version,
                            commit.location));
  }
  return commit;
}

std::vector<datafusion::Bytes> ReadCommitBytes(const datafusion::ObjectStore& store,
                                               std::span<const CommitFile> files) {
  std::vector<std::string> locations;
  for (const CommitFile& file : files) {
    CheckLines(store, file);
    if (!file.content) locations.push_back(file.object.location);
  }
  std::vector<datafusion::Bytes> fetched = store.GetMany(locations);
  if (fetched.size() == files.size()) return fetched;
  std::vector<datafusion::Bytes> contents;
  auto next = fetched.begin();
  for (const CommitFile& file : files) {
    contents.push_back(file.content ? datafusion::Bytes(file.content, *file.content) : *next++);
  }
  return contents;
}

std::vector<Commit> ReadCommits(const datafusion::ObjectStore& store,
                                const std::vector<CommitFile>& files) {
  const bool is_local = store.is_local();
  const std::vector<Batch> batches =
      MakeBatches(files, is_local ? kMaxLocalBatchBytes : kMaxBatchBytes);
  const size_t readers = std::min(batches.size(), is_local ? Processors() : kRemoteReaders);
  std::vector<Commit> commits(files.size());
  std::atomic<size_t> next = 0;
  const auto read = [&](size_t) {
    ActionParser parser;
    while (true) {
      const size_t index = next++;
      if (index >= batches.size()) break;
      const Batch batch = batches[index];
      std::vector<datafusion::Bytes> contents =
          ReadCommitBytes(store, std::span(files).subspan(batch.begin, batch.end - batch.begin));
      for (size_t i = batch.begin; i < batch.end; ++i) {
        ThrowIfCancelled();
        commits[i] = ParseCommit(files[i], contents[i - batch.begin].view(), parser);
        contents[i - batch.begin] = {};
      }
      if (parser.num_files() >= kFilesInBatch) parser.Finish();
    }
    parser.Finish();
  };
  ParallelFor(readers, read, readers);
  return commits;
}

}  // namespace deltaic::delta
