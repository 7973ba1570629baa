#include "cli/progress_line.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace deltaic::cli {
namespace {

constexpr std::chrono::milliseconds kSilence{700};
constexpr std::chrono::milliseconds kPause{200};
constexpr std::string_view kErase = "\r\x1b[K";

bool CanErase() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

// A terminal that takes no more misses a line of many.
void Draw(std::string_view text) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

std::string Grouped(int64_t count) {
  const std::string digits = fmt::format("{}", count);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string Size(int64_t bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB"};
  constexpr double kStep = 1000;
  double size = static_cast<double>(bytes);
  size_t unit = 0;
  for (; size >= kStep && unit + 1 < kUnits.size(); ++unit) size /= kStep;
  return fmt::format("{:.{}f} {}", size, unit == 0 ? 0 : 1, kUnits[unit]);
}

}  // namespace

std::string ProgressText(const WorkDone& done, std::chrono::seconds elapsed) {
  return fmt::format("{} rows, {} in {} {}, {} s", Grouped(done.rows), Size(done.bytes),
                     Grouped(done.files), done.files == 1 ? "file" : "files", elapsed.count());
}

ProgressLine::ProgressLine(bool is_wanted)
    : is_shown_(is_wanted && CanErase()), next_(begin_ + kSilence) {}

ProgressLine::~ProgressLine() {
  if (is_drawn_) Draw(kErase);
}

void ProgressLine::Update() {
  const auto now = std::chrono::steady_clock::now();
  if (!is_shown_ || now < next_) return;
  next_ = now + kPause;
  const WorkDone total = TotalWorkDone();
  const WorkDone done = {.rows = total.rows - before_.rows,
                         .bytes = total.bytes - before_.bytes,
                         .files = total.files - before_.files};
  if (done.rows == 0 && done.files == 0) return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - begin_);
  Draw(fmt::format("{}{}", kErase, ProgressText(done, elapsed)));
  is_drawn_ = true;
}

}  // namespace deltaic::cli
