#include "cli/interrupt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace deltaic::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler stores it");

// Readable while `interrupted` is true: a wait sees Ctrl-C even where the signal came just before
// it, or on another thread.
int interrupt_event = -1;

void OnInterrupt(int /*signal*/) {
  const int saved = errno;
  interrupted.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(interrupt_event, &one, sizeof(one));
  errno = saved;
}

// Opens /dev/null the wrong way round, so that use of the closed stream still fails.
void FillClosedStream(int descriptor) {
  if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) return;
  const int opened = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  if (opened != -1 && opened != descriptor) close(opened);
}

// Whether whoever started the program has made it ignore Ctrl-C, which is then meant for others. A
// person at a prompt means the program.
bool IsToRunInBackground() {
  struct sigaction inherited = {};
  sigaction(SIGINT, nullptr, &inherited);
  return inherited.sa_handler == SIG_IGN && isatty(STDIN_FILENO) == 0;
}

}  // namespace

void PrepareProcess() {
  FillClosedStream(STDIN_FILENO);
  FillClosedStream(STDOUT_FILENO);
  FillClosedStream(STDERR_FILENO);

  interrupt_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  action.sa_handler = OnInterrupt;  // Without SA_RESTART: a read or write in progress returns.
  if (!IsToRunInBackground()) sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

bool Interrupted() noexcept { return interrupted.load(std::memory_order_relaxed); }

void ForgetInterrupt() noexcept {
  uint64_t count;
  [[maybe_unused]] const ssize_t taken = read(interrupt_event, &count, sizeof(count));
  interrupted.store(false, std::memory_order_relaxed);
}

bool WaitUntilReadable(int descriptor) noexcept {
  std::array<pollfd, 2> waited = {{{.fd = descriptor, .events = POLLIN, .revents = 0},
                                   {.fd = interrupt_event, .events = POLLIN, .revents = 0}}};
  while (!Interrupted()) {
    const int ready = poll(waited.data(), waited.size(), /*timeout=*/-1);
    if (ready > 0 && waited[0].revents != 0) return true;
    if (ready < 0 && errno != EINTR) return true;  // The read will tell what is wrong.
  }
  return false;
}

}  // namespace deltaic::cli
