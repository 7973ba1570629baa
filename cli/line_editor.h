#pragma once

// Lines typed at a terminal: editing, and a history that is kept between sessions (libedit).

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace deltaic::cli {

/// Reads lines at a prompt. Main thread only, one at a time.
class LineEditor {
 public:
  enum class End { kNone, kInterrupted, kEndOfInput };

  struct Line {
    End end = End::kNone;
    std::string text;  ///< UTF-8, without the newline.
  };

  /// Takes over the terminal's line editing and loads the history of earlier sessions.
  LineEditor();
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Shows `prompt` and waits for a line, for Ctrl-C or for the end of input (Ctrl-D).
  Line Read(std::string_view prompt);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace deltaic::cli
