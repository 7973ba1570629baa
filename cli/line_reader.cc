#include "cli/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "cli/interrupt.h"

namespace deltaic::cli {
namespace {

// What some editors put before UTF-8 text.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

[[noreturn]] void ThrowReadError(std::string_view what, const std::string& path) {
  const std::string reason = std::generic_category().message(errno);
  throw Error(ErrorCode::kIo, fmt::format("{} failed: {}: {}", what,
                                          path == "-" ? "standard input" : path, reason));
}

}  // namespace

LineReader::LineReader(const std::string& path)
    : path_(path),
      descriptor_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ == -1) ThrowReadError("Opening the script", path_);
}

LineReader::~LineReader() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

std::optional<std::string> LineReader::Next() {
  std::optional<std::string> line = NextRaw();
  if (line && at_start_ && line->starts_with(kByteOrderMark)) {
    line->erase(0, kByteOrderMark.size());
  }
  at_start_ = false;
  return line;
}

std::optional<std::string> LineReader::NextRaw() {
  size_t searched = consumed_;
  while (true) {
    const size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos) {
      std::string line = buffer_.substr(consumed_, newline - consumed_);
      consumed_ = newline + 1;
      return line;
    }
    if (at_end_) {
      if (consumed_ == buffer_.size()) return std::nullopt;
      std::string line = buffer_.substr(consumed_);
      consumed_ = buffer_.size();
      return line;
    }
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    searched = buffer_.size();
    if (!WaitUntilReadable(descriptor_)) {
      throw Error(ErrorCode::kCancelled, "Cancelled while reading statements.");
    }
    std::array<char, 65536> chunk;
    const ssize_t count = read(descriptor_, chunk.data(), chunk.size());
    if (count > 0) {
      buffer_.append(chunk.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      at_end_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
      ThrowReadError("Reading the script", path_);
    }
  }
}

}  // namespace deltaic::cli
