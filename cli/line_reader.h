#pragma once

// Scripts: lines of a file or of standard input.

#include <optional>
#include <string>

namespace deltaic::cli {

/// Reads lines from a file descriptor as they come. Main thread only.
class LineReader {
 public:
  /// Opens a file; "-" is standard input. Throws `Error` with `kIo` where it cannot be opened.
  explicit LineReader(const std::string& path);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Returns the next line without its newline, or nothing at the end. A byte order mark before the
  /// first is left out. Throws `Error` with `kIo`,
  /// and with `kCancelled` where Ctrl-C ends the wait.
  std::optional<std::string> Next();

 private:
  std::optional<std::string> NextRaw();

  std::string path_;
  int descriptor_;
  std::string buffer_;
  size_t consumed_ = 0;
  bool at_start_ = true;
  bool at_end_ = false;
};

}  // namespace deltaic::cli
