#pragma once

// Shows how far a long write is: one line at the terminal, written over again and again and gone at
// the end. Main thread only.

#include <chrono>
#include <string>

#include <deltaic/base/work_done.h>

namespace deltaic::cli {

/// What a line says: "12,000 rows, 1.5 MB in 3 files, 4 s".
std::string ProgressText(const WorkDone& done, std::chrono::seconds elapsed);

/// The progress of one statement. Shows nothing of one that is fast, or writes nothing.
class ProgressLine {
 public:
  /// Shows nothing at all where standard error is no terminal, or `is_wanted` is false.
  explicit ProgressLine(bool is_wanted);
  /// Removes the line.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows what has been done by now; to be called often.
  void Update();

 private:
  const bool is_shown_;
  const WorkDone before_ = TotalWorkDone();
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_;
  bool is_drawn_ = false;
};

}  // namespace deltaic::cli
