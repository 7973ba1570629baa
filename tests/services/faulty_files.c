// Loaded into a program before libc (LD_PRELOAD): lets the n-th change of files below a folder fail, or the
// program die there, and moves its clock. Counts over all threads, so that every run has the same points.
//
//   FAULTY_ROOT    the folder
//   FAULTY_LOG     a file that gets a line for each change: number, call, path
//   FAULTY_AT      the number of the call to hit, from 1 on; none without it
//   FAULTY_KIND    kill-before, kill-after, EIO, ENOSPC, EINTR, or short (half is written, then ENOSPC)
//   FAULTY_CLOCK   a file with the seconds to add to the wall clock

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static atomic_long count;

static const char* root(void) {
  const char* folder = getenv("FAULTY_ROOT");
  return folder ? folder : "//";
}

static int is_below(const char* path) {
  const size_t length = strlen(root());
  return path && strncmp(path, root(), length) == 0 && (path[length] == '/' || path[length] == 0);
}

static const char* path_of(int fd, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, buffer, PATH_MAX - 1);
  buffer[length < 0 ? 0 : length] = 0;
  return buffer;
}

static void note(long number, const char* call, const char* path) {
  const char* log = getenv("FAULTY_LOG");
  if (!log) return;
  char line[PATH_MAX + 64];
  const int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd < 0) return;
  if (syscall(SYS_write, fd, line, length) < 0) abort();
  syscall(SYS_close, fd);
}

// What happens to a call. 0: it is made.
enum { kPass, kDieAfter, kFail, kShort };

static int fate(const char* call, const char* path) {
  if (!is_below(path)) return kPass;
  const int saved = errno;
  const long number = atomic_fetch_add(&count, 1) + 1;
  note(number, call, path);
  errno = saved;
  const char* at = getenv("FAULTY_AT");
  const char* kind = getenv("FAULTY_KIND");
  if (!at || !kind || atol(at) != number) return kPass;
  if (strcmp(kind, "kill-before") == 0) raise(SIGKILL);
  if (strcmp(kind, "kill-after") == 0) return kDieAfter;
  if (strcmp(kind, "short") == 0) return kShort;
  errno = strcmp(kind, "ENOSPC") == 0 ? ENOSPC : strcmp(kind, "EINTR") == 0 ? EINTR : EIO;
  return kFail;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define WRAP(result, name, path, parameters, arguments)         \
  result name parameters {                                      \
    const int happens = fate(#name, path);                      \
    if (happens == kFail) return -1;                            \
    const result made = REAL(name) arguments;                   \
    if (happens == kDieAfter) raise(SIGKILL);                   \
    return made;                                                \
  }

WRAP(int, rename, to, (const char* from, const char* to), (from, to))
WRAP(int, link, to, (const char* from, const char* to), (from, to))
WRAP(int, linkat, to, (int a, const char* from, int b, const char* to, int flags),
     (a, from, b, to, flags))
WRAP(int, unlink, path, (const char* path), (path))
WRAP(int, unlinkat, path, (int fd, const char* path, int flags), (fd, path, flags))
WRAP(int, mkdir, path, (const char* path, mode_t mode), (path, mode))

int fsync(int fd) {
  char path[PATH_MAX];
  const int happens = fate("fsync", path_of(fd, path));
  if (happens == kFail) return -1;
  const int made = REAL(fsync)(fd);
  if (happens == kDieAfter) raise(SIGKILL);
  return made;
}

int fdatasync(int fd) {
  char path[PATH_MAX];
  const int happens = fate("fdatasync", path_of(fd, path));
  if (happens == kFail) return -1;
  const int made = REAL(fdatasync)(fd);
  if (happens == kDieAfter) raise(SIGKILL);
  return made;
}

// A short write and the one after it, which finds the disk full.
static _Atomic int full;

static int is_full(const char* path) {
  if (!full || !is_below(path)) return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t write(int fd, const void* bytes, size_t size) {
  char path[PATH_MAX];
  path_of(fd, path);
  if (is_full(path)) return -1;
  const int happens = fate("write", path);
  if (happens == kFail) return -1;
  if (happens == kShort) full = 1;
  const ssize_t made = REAL(write)(fd, bytes, happens == kPass ? size : (size + 1) / 2);
  if (happens == kDieAfter) raise(SIGKILL);
  return made;
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  char path[PATH_MAX];
  path_of(fd, path);
  if (is_full(path)) return -1;
  const int happens = fate("pwrite", path);
  if (happens == kFail) return -1;
  if (happens == kShort) full = 1;
  const ssize_t made = REAL(pwrite64)(fd, bytes, happens == kPass ? size : (size + 1) / 2, offset);
  if (happens == kDieAfter) raise(SIGKILL);
  return made;
}

static int opened(const char* call, const char* path, int flags, mode_t mode) {
  // Those that only read change nothing.
  const int happens = (flags & O_ACCMODE) == O_RDONLY ? kPass : fate(call, path);
  if (happens == kFail) return -1;
  const int made = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (happens == kDieAfter) raise(SIGKILL);
  return made;
}

#define OPEN(name)                                \
  int name(const char* path, int flags, ...) {    \
    va_list rest;                                 \
    va_start(rest, flags);                        \
    const mode_t mode = va_arg(rest, mode_t);     \
    va_end(rest);                                 \
    return opened("open", path, flags, mode);     \
  }

OPEN(open)
OPEN(open64)

int clock_gettime(clockid_t clock, struct timespec* time) {
  const int made = (int)syscall(SYS_clock_gettime, clock, time);
  const char* name = getenv("FAULTY_CLOCK");
  if (made != 0 || !name || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return made;
  const int saved = errno;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY, 0);
  if (fd >= 0) {
    char text[32] = {0};
    if (syscall(SYS_read, fd, text, sizeof text - 1) > 0) time->tv_sec += atol(text);
    syscall(SYS_close, fd);
  }
  errno = saved;
  return made;
}
