#include "delta/log/commit_info_search.h"

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/json_text.h"

namespace deltaic::delta {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view Trim(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const size_t begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlank) + 1 - begin);
}

}  // namespace

CommitInfoSearch::State CommitInfoSearch::ReadLine(std::string_view line) {
  ++line_number_;
  if (line_number_ == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  line = Trim(line);
  if (line.empty()) return State::kUndecided;
  if (line.front() != '{' || line.back() != '}') return State::kIrregular;
  has_action_ = true;
  // Within the texts of other actions the quotes are escaped, as a rule.
  if (line.find("\"commitInfo\"") == std::string_view::npos) return State::kUndecided;
  CommitActions actions =
      ParseCommitActions(line, {commit_.object.location, commit_.version, line_number_});
  if (!actions.commit_info) return State::kUndecided;
  CheckCommitInfo(*actions.commit_info, commit_);
  info_ = std::move(actions.commit_info);
  return State::kFound;
}

CommitInfoSearch::State CommitInfoSearch::Read(std::string_view bytes, bool is_end) {
  while (true) {
    const size_t line_end = bytes.find('\n');
    if (line_end == std::string_view::npos) break;
    State state;
    if (unfinished_.empty()) {
      state = ReadLine(bytes.substr(0, line_end));
    } else {
      unfinished_.append(bytes.substr(0, line_end));
      state = ReadLine(unfinished_);
      unfinished_.clear();
    }
    if (state != State::kUndecided) return state;
    bytes.remove_prefix(line_end + 1);
  }
  unfinished_.append(bytes);
  if (unfinished_.size() > kMaxActionBytes) {
    throw Error(
        ErrorCode::kResourcesExhausted,
        fmt::format("Commit {} has a line of more than {} bytes: {}, line {}.", commit_.version,
                    kMaxActionBytes, commit_.object.location, line_number_ + 1));
  }
  if (!is_end) return State::kUndecided;
  const State last = ReadLine(unfinished_);
  if (last != State::kUndecided) return last;
  return has_action_ ? State::kAbsent : State::kIrregular;
}

void CheckCommitInfo(const CommitInfo& info, const CommitFile& commit) {
  if (IsJsonText(info.json)) return;
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("Commit {} is corrupt: its commitInfo is not JSON: {}", commit.version,
                          commit.object.location));
}

}  // namespace deltaic::delta
