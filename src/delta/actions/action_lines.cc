#include "delta/actions/action_lines.h"

#include <algorithm>
#include <limits>

#include <deltaic/base/error.h>

namespace deltaic::delta {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

ActionLines::ActionLines(std::string_view json, const CommitOrigin& origin)
    : json_(json), origin_(origin), line_(origin.first_line) {
  if (json_.size() > std::numeric_limits<uint32_t>::max()) {
    throw Error(ErrorCode::kResourcesExhausted,
                fmt::format("{} {} is larger than 4 GiB: {}", origin_.what, origin_.version,
                            origin_.location));
  }
  if (origin_.first_line == 1 && json_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
}

bool ActionLines::Next() {
  line_ += line_ends_within_;
  line_ends_within_ = 0;
  for (; at_ < json_.size() && IsBlank(json_[at_]); ++at_) line_ += json_[at_] == '\n';
  begin_ = at_;
  return at_ < json_.size();
}

std::string_view ActionLines::Take() {
  at_ = FindEnd();
  return json_.substr(begin_, at_ - begin_);
}

// The end of the object: that of the line, as the protocol has it, unless the line is plainly
// incomplete. Some writers indent their objects over many lines.
size_t ActionLines::FindEnd() {
  if (json_[begin_] != '{') Fail("a line is not a JSON object");
  size_t end = std::min(json_.find('\n', begin_), json_.size());
  while (IsBlank(json_[end - 1])) --end;
  if (json_[end - 1] != '}') end = FindClosingBrace();
  if (end - begin_ > kMaxActionBytes) {
    throw Error(ErrorCode::kResourcesExhausted,
                fmt::format("{} {} has an action of more than {} MiB: {}, line {}", origin_.what,
                            origin_.version, kMaxActionBytes >> 20, origin_.location, line_));
  }
  return end;
}

size_t ActionLines::FindClosingBrace() {
  size_t depth = 0;
  bool in_text = false;
  for (size_t at = begin_; at < json_.size(); ++at) {
    const char c = json_[at];
    if (in_text) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_text = false;
      } else if (c == '\n') {
        Fail("a line is truncated within a text");
      }
    } else if (c == '"') {
      in_text = true;
    } else if (c == '\n') {
      ++line_ends_within_;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  Fail("an action is truncated");
}

void ActionLines::FailWith(std::string_view problem) const {
  throw Error(
      ErrorCode::kCorruptLog,
      fmt::format("{} {} is corrupt: {}: {}, line {}, byte {}.", origin_.what, origin_.version,
                  problem, origin_.location, line_, origin_.first_byte + begin_));
}

}  // namespace deltaic::delta
