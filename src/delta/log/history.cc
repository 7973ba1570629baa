#include <deltaic/delta/log/history.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>

#include "base/parallel_for.h"
#include "delta/log/commit_info_search.h"
#include "delta/log/commit_reader.h"
#include "delta/log/log_error.h"
#include "delta/log/log_segment.h"
#include "delta/log/missing_table.h"

namespace deltaic::delta {
namespace {

using datafusion::Bytes;
using datafusion::ObjectStore;
using State = CommitInfoSearch::State;

// Up to this size a commit is fetched whole, with others; of a larger one first its start, where
// writers put the commitInfo, then what follows.
constexpr int64_t kWholeBytes = 16 * 1024;
constexpr int64_t kFirstBytes = 4 * 1024;
constexpr int64_t kNextBytes = int64_t{4} << 20;

// Commits that one thread reads at a time.
constexpr size_t kCommitsAtOnce = 64;
// Threads that wait for the store most of their time.
constexpr size_t kThreads = 16;

// Where the first member of `members`, valid JSON without the braces around it, ends.
size_t MemberEnd(std::string_view members) {
  int64_t depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < members.size(); ++i) {
    const char c = members[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 0) {
      return i;
    }
  }
  return members.size();
}

bool IsVersion(std::string_view member) {
  constexpr std::string_view kBlank = " \t\r\n";
  constexpr std::string_view kName = "\"version\"";
  member.remove_prefix(std::min(member.find_first_not_of(kBlank), member.size()));
  return member.starts_with(kName);
}

// `json` is a valid JSON object.
std::string WithVersion(std::string_view json, int64_t version) {
  std::string result = "{";
  std::string_view members = json.substr(1, json.size() - 2);
  if (members.find_first_not_of(" \t\r\n") == std::string_view::npos) members = {};
  while (!members.empty()) {
    const size_t end = MemberEnd(members);
    const std::string_view member = members.substr(0, end);
    if (!IsVersion(member)) result.append(member).push_back(',');
    members.remove_prefix(std::min(end + 1, members.size()));
  }
  return fmt::format("{}\"version\":{}}}", result, version);
}

HistoryEntry MakeEntry(const CommitFile& commit, const CommitInfo* info) {
  const int64_t file_time = commit.object.last_modified_ms;
  if (info == nullptr) {
    return {commit.version, file_time,
            fmt::format(R"({{"timestamp":{},"version":{}}})", file_time, commit.version)};
  }
  return {commit.version, info->in_commit_timestamp.value_or(file_time),
          WithVersion(info->json, commit.version)};
}

// For a commit that is not what writers make: an action over several lines, or nothing at all.
HistoryEntry ParseWhole(const ObjectStore& store, const CommitFile& commit) {
  ActionParser parser;
  const std::vector<Bytes> bytes = ReadCommitBytes(store, {&commit, 1});
  const Commit parsed = ParseCommit(commit, bytes.front().view(), parser);
  for (const CommitActions& piece : parsed.pieces) {
    if (!piece.commit_info) continue;
    CheckCommitInfo(*piece.commit_info, commit);
    return MakeEntry(commit, &*piece.commit_info);
  }
  return MakeEntry(commit, nullptr);
}

HistoryEntry Conclude(const ObjectStore& store, const CommitFile& commit,
                      const CommitInfoSearch& search, State state) {
  if (state == State::kIrregular) return ParseWhole(store, commit);
  return MakeEntry(commit, state == State::kFound ? &search.info() : nullptr);
}

HistoryEntry ReadInPieces(const ObjectStore& store, const CommitFile& commit) {
  CommitInfoSearch search(commit);
  State state = State::kUndecided;
  int64_t offset = 0;
  while (state == State::kUndecided) {
    ThrowIfCancelled();
    const int64_t wanted = offset == 0 ? kFirstBytes : kNextBytes;
    const int64_t length = std::min(wanted, commit.object.size - offset);
    const Bytes bytes =
        commit.content
            ? Bytes(commit.content, std::string_view(*commit.content).substr(offset, length))
            : store.GetRange(commit.object.location, offset, length);
    offset += length;
    state = search.Read(bytes.view(), offset == commit.object.size);
  }
  return Conclude(store, commit, search, state);
}

HistoryEntry ReadFrom(const ObjectStore& store, const CommitFile& commit, const Bytes& bytes) {
  CommitInfoSearch search(commit);
  return Conclude(store, commit, search, search.Read(bytes.view(), true));
}

// Reads some commits that are small enough to be fetched together.
void ReadTogether(const ObjectStore& store, const std::vector<CommitFile>& commits,
                  std::vector<std::optional<HistoryEntry>>& entries,
                  const std::vector<size_t>& some) {
  std::vector<CommitFile> files;
  for (size_t i : some) files.push_back(commits[i]);
  try {
    const std::vector<Bytes> contents = ReadCommitBytes(store, files);
    for (size_t k = 0; k < some.size(); ++k) {
      entries[some[k]] = ReadFrom(store, commits[some[k]], contents[k]);
    }
    return;
  } catch (const Error& error) {
    if (!IsGone(error)) throw;
  }
  for (size_t k = 0; k < some.size(); ++k) {
    entries[some[k]].reset();
    try {
      entries[some[k]] = ReadFrom(store, files[k], ReadCommitBytes(store, {&files[k], 1}).front());
    } catch (const Error& error) {
      if (!IsGone(error)) throw;
    }
  }
}

// Splits the commits into pieces of work: large ones alone, small ones together.
std::vector<std::vector<size_t>> SplitWork(const std::vector<CommitFile>& commits) {
  std::vector<std::vector<size_t>> work;
  std::vector<size_t> small;
  for (size_t i = 0; i < commits.size(); ++i) {
    if (commits[i].object.size > kWholeBytes) {
      work.push_back({i});
      continue;
    }
    small.push_back(i);
    if (small.size() == kCommitsAtOnce) work.push_back(std::exchange(small, {}));
  }
  if (!small.empty()) work.push_back(std::move(small));
  return work;
}

std::vector<CommitFile> NewestCommits(const TableAccess& access, std::optional<int64_t> limit) {
  const LogFiles files = ListLogFiles(access, 0);
  if (!files.latest_version()) throw NoTable(access.store());
  std::vector<CommitFile> commits(files.commits().rbegin(), files.commits().rend());
  if (limit && *limit < static_cast<int64_t>(commits.size())) commits.resize(*limit);
  return commits;
}

// Reads the commits that a listing found; nothing where that was outdated before they were read.
std::optional<std::vector<HistoryEntry>> ReadHistory(const ObjectStore& store,
                                                     const std::vector<CommitFile>& commits,
                                                     std::optional<int64_t> limit) {
  std::vector<std::optional<HistoryEntry>> entries(commits.size());
  const std::vector<std::vector<size_t>> work = SplitWork(commits);
  ParallelFor(
      work.size(),
      [&](size_t index) {
        const std::vector<size_t>& some = work[index];
        if (commits[some.front()].object.size <= kWholeBytes) {
          ReadTogether(store, commits, entries, some);
          return;
        }
        try {
          entries[some.front()] = ReadInPieces(store, commits[some.front()]);
        } catch (const Error& error) {
          if (!IsGone(error)) throw;
        }
      },
      kThreads);

  // Newer commits may have come since the log was listed, if such old ones are gone.
  const bool is_outdated = !entries.empty() && (!entries.front() || (limit && !entries.back()));
  if (is_outdated) return std::nullopt;
  std::vector<HistoryEntry> history;
  history.reserve(entries.size());
  for (std::optional<HistoryEntry>& entry : entries) {
    if (!entry) break;  // Those before it are cleaned up, too, though they may just have been read.
    history.push_back(*std::move(entry));
  }
  return history;
}

}  // namespace

std::vector<HistoryEntry> History(const TableAccess& access, std::optional<int64_t> limit) {
  if (limit && *limit < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("The limit of a history is a number from 0 on: {}", *limit));
  }
  std::pair<int64_t, size_t> outdated;  // The newest commit and the number of them.
  for (int listings = 1;; ++listings) {
    const std::vector<CommitFile> commits = NewestCommits(access, limit);
    if (commits.empty()) return {};
    try {
      if (auto history = ReadHistory(access.store(), commits, limit)) return *std::move(history);
    } catch (const Error& error) {
      throw LogError(error);
    }
    const std::pair listed(commits.front().version, commits.size());
    if (listed == outdated || listings == kMaxListings) {
      throw Error(ErrorCode::kCorruptLog,
                  fmt::format("A file of the log is missing: {}", commits.front().object.location));
    }
    outdated = listed;
  }
}

}  // namespace deltaic::delta
