#include "delta/log/missing_table.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

using datafusion::ObjectStore;

constexpr std::string_view kUnknown = "There is no Delta table";
constexpr std::string_view kNothing = "There is no such file or folder";
constexpr std::string_view kFile = "The path is that of a file, not of a Delta table's folder";
constexpr std::string_view kNoLog = "The folder is no Delta table: it has no _delta_log";
constexpr std::string_view kNoCommit = "The folder is no Delta table: its _delta_log has no commit";
constexpr std::string_view kNotFound =
    "There is no Delta table: neither its version 0 nor _delta_log/_last_checkpoint was found";

std::string_view WhatIsAtPath(const std::filesystem::path& path) {
  std::error_code error;
  const auto kind = std::filesystem::status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return kNothing;
  if (kind == std::filesystem::file_type::none) return kUnknown;
  if (kind != std::filesystem::file_type::directory) return kFile;
  return std::filesystem::is_directory(path / kLogFolder, error) ? kNoCommit : kNoLog;
}

std::string_view WhatIsAt(const ObjectStore& store) {
  if (store.is_local()) return WhatIsAtPath(store.name());
  if (!store.can_list()) return kNotFound;
  try {
    if (store.HasObjects(kLogFolder)) return kNoCommit;
    return store.HasObjects("") ? kNoLog : kNothing;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kCancelled) throw;
    // The log could be listed, but what is around it may not be.
    return kUnknown;
  }
}

}  // namespace

Error NoTable(const ObjectStore& store) {
  return {ErrorCode::kTableNotFound, fmt::format("{}: {}", WhatIsAt(store), store.name())};
}

}  // namespace deltaic::delta
