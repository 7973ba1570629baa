#include "cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "cli/interrupt.h"

namespace deltaic::cli {

void WriteOutput(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
      continue;
    }
    if ((errno == EINTR || errno == EAGAIN) && Interrupted()) {
      throw Error(ErrorCode::kCancelled, "Cancelled while writing the result.");
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) throw OutputClosed();
    if (errno == EAGAIN) {  // A terminal that another program left non-blocking.
      pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      poll(&ready, 1, /*timeout=*/100);
      continue;
    }
    throw Error(ErrorCode::kIo, fmt::format("Writing to standard output failed: {}.",
                                            std::generic_category().message(errno)));
  }
}

void WriteMessage(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace deltaic::cli
