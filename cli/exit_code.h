#pragma once

namespace deltaic::cli {

inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;      ///< A statement failed.
inline constexpr int kExitUsage = 2;        ///< The command line is wrong.
inline constexpr int kExitUnsafe = 3;       ///< `doctor` found a storage that is not safe.
inline constexpr int kExitCancelled = 130;  ///< Ctrl-C, as 128 + SIGINT.

}  // namespace deltaic::cli
