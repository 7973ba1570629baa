#pragma once

// The one error type of Deltaic. Its code survives every border: Rust, C++, Python, and a
// query plan in between. Failures are thrown; outcomes that a caller is expected to handle are
// return values. Immutable, so safe to share between threads.

#include <exception>
#include <string>
#include <string_view>

#include <deltaic/base/export.h>

namespace deltaic {

/// Says what went wrong and, by its group, who can do something about it.
enum class ErrorCode : int {
  // The caller.
  kInvalidArgument = 1,  ///< An argument, option or expression is not valid.
  kInvalidSql = 2,       ///< SQL text does not parse or does not plan.
  kTableNotFound = 3,    ///< There is no Delta table at the location.
  kVersionNotFound = 4,  ///< The table has no such version, or no longer.
  kAlreadyExists = 5,    ///< Something is there already.
  kCancelled = 6,        ///< The caller cancelled the work.
  kSchemaMismatch = 7,   ///< Rows do not fit the schema of the table.
  // The data.
  kCorruptLog = 20,           ///< A log file is truncated, malformed or contradictory.
  kCorruptData = 21,          ///< A data file cannot be decoded or does not fit the log.
  kFileNotFound = 22,         ///< A file that must be there is gone.
  kUnsupportedFeature = 23,   ///< The table needs a protocol feature that is not supported.
  kConstraintViolation = 24,  ///< Rows break a constraint of the table.
  // The environment.
  kIo = 40,                  ///< A read, write or network request failed.
  kPermissionDenied = 41,    ///< The storage refused the credentials.
  kResourcesExhausted = 42,  ///< A memory or disk limit was reached.
  kConflict = 43,            ///< Another writer won.
  // Deltaic.
  kExecution = 60,       ///< A query failed while it ran.
  kNotImplemented = 61,  ///< Valid, but not supported here.
  kForked = 62,          ///< A handle made before fork() was used in the child process.
  kInternal = 63,        ///< A defect in Deltaic or in a library below it.
};

/// Returns the code's stable name in snake case, for example "corrupt_log".
DELTAIC_EXPORT std::string_view ErrorCodeName(ErrorCode code) noexcept;

/// Returns the code of that name, or `kInternal` where there is none.
DELTAIC_EXPORT ErrorCode ErrorCodeFromName(std::string_view name) noexcept;

/// Is thrown by every function of Deltaic that fails.
///
/// The message is one or more sentences for a person: what failed, the file and version where
/// they matter, run-time values last. It never holds a credential. Whatever it quotes, it is UTF-8
/// without control characters but line end and tab: others become U+FFFD.
class DELTAIC_EXPORT Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message);
  ~Error() override;

  ErrorCode code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }

  /// Same text as `message()`.
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace deltaic
