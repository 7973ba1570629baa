#pragma once

// The command line of the shell.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <deltaic/base/options.h>

#include "cli/doctor.h"

namespace deltaic::cli {

/// How results are written.
enum class ResultFormat {
  kTable,   ///< Aligned columns, up to `max_rows` rows.
  kCsv,     ///< RFC 4180 with a header.
  kJson,    ///< An array of objects a result.
  kNdjson,  ///< An object a line.
};

struct Arguments {
  std::vector<std::string> commands;  ///< -c; run instead of reading input.
  std::optional<std::string> file;    ///< -f; "-" is standard input.
  ResultFormat format = ResultFormat::kTable;
  int64_t max_rows = 1000;  ///< In a table; 0 = all.
  bool quiet = false;
  bool timing = false;
  bool sqllogictest = false;  ///< Statements come as sqllogictest's external engine gets them.
  Options catalogs;           ///< Folders of tables, by the name of the catalog.
  Options storage_options;
  Options settings;                       ///< DataFusion's settings, the memory limit included.
  std::optional<DoctorArguments> doctor;  ///< The command `doctor`, in place of SQL.
};

/// What to do after the command line has been read.
struct ParsedArguments {
  /// Nothing where the process is to end with `exit_code`.
  std::optional<Arguments> arguments;
  int exit_code = 0;
};

/// Reads the command line. Answers --help and --version, and complains about what it does not
/// understand, by itself. No message repeats the value of a storage option.
ParsedArguments ParseArguments(int argc, const char* const* argv);

/// Overwrites the values of storage options in the process's own arguments, which every user of the
/// machine can see.
void BlankStorageOptions(int argc, char** argv);

}  // namespace deltaic::cli
