#include "cli/arguments.h"

#include <cstring>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <deltaic/datafusion/table_provider_capsule.h>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace deltaic::cli {
namespace {

const std::map<std::string, ResultFormat> kFormats = {{"table", ResultFormat::kTable},
                                                      {"csv", ResultFormat::kCsv},
                                                      {"json", ResultFormat::kJson},
                                                      {"ndjson", ResultFormat::kNdjson}};

constexpr const char* kFooter = R"(
Without -c and -f, statements are read from standard input: at a prompt where it is a terminal,
as a script otherwise. A Delta table is named by its path or URL in quotes:

  deltaic -c "SELECT count(*) FROM './orders' WHERE country = 'NO'"
  deltaic --storage-option aws_region=eu-north-1 -c "SELECT * FROM 's3://bucket/orders' LIMIT 5"

Whether several writers can write tables to a storage tells:

  deltaic doctor s3://bucket/folder --option aws_region=eu-north-1

Rows go to standard output; row counts, times and errors to standard error. Exit status: 0, 1 when
a statement failed, 2 for a wrong command line, 3 when doctor finds a storage that is not safe,
130 when cancelled with Ctrl-C.)";

// Splits each KEY=VALUE. The message names the option, never the text: it may hold a secret.
Options ParsePairs(const std::string& option, const std::vector<std::string>& pairs) {
  Options options;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw CLI::ValidationError(option, "needs KEY=VALUE");
    }
    options[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return options;
}

constexpr std::string_view kStorageOption = "--storage-option";
constexpr std::string_view kOption = "--option";  // The same, of `doctor`.

// The command `doctor`. What it is told counts if it is parsed.
CLI::App* AddDoctor(CLI::App& app, DoctorArguments& doctor, std::vector<std::string>& options) {
  CLI::App* command =
      app.add_subcommand("doctor", "Tell whether several writers can write tables to a storage");
  command->add_option("URL", doctor.url, "A folder: a path or URL")->required();
  command
      ->add_option(fmt::format("{},{}", kOption, kStorageOption), options,
                   "Credential, endpoint or client setting")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--rounds", doctor.options.rounds, "Races of writers for one object")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::PositiveNumber.description(""));
  command->add_option("--writers", doctor.options.writers, "Writers in each race")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000).description(""));
  return command;
}

}  // namespace

void BlankStorageOptions(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char* pair = nullptr;
    const std::string_view argument = argv[i];
    if ((argument == kStorageOption || argument == kOption) && i + 1 < argc) {
      pair = argv[++i];
    } else if (argument.starts_with(kStorageOption) || argument.starts_with(kOption)) {
      pair = std::strchr(argv[i], '=');
      if (pair != nullptr) ++pair;
    }
    char* value = pair == nullptr ? nullptr : std::strchr(pair, '=');
    if (value != nullptr) std::memset(value + 1, '*', std::strlen(value + 1));
  }
}

ParsedArguments ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  std::vector<std::string> settings;
  std::vector<std::string> catalogs;
  std::vector<std::string> storage_options;
  std::string file;
  std::string memory_limit;

  CLI::App app("SQL over Delta Lake tables, run by DataFusion.", "deltaic");
  app.footer(kFooter);
  app.get_formatter()->column_width(34);
  app.set_version_flag("--version", fmt::format("deltaic {} (DataFusion {})", DELTAIC_VERSION,
                                                datafusion::DataFusionMajorVersion()));
  CLI::Option* command = app.add_option("-c,--command", arguments.commands,
                                        "Run SQL and leave; may be given several times")
                             ->type_name("SQL")
                             ->allow_extra_args(false);
  CLI::Option* from_file =
      app.add_option("-f,--file", file, "Run a script and leave; - reads input")
          ->type_name("FILE")
          ->excludes(command);
  app.add_option("--format", arguments.format, "table (default), csv, json or ndjson")
      ->type_name("FORMAT")
      ->transform(CLI::CheckedTransformer(kFormats).description(""));
  app.add_option("--max-rows", arguments.max_rows, "Rows that a table shows; 0 = all")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber.description(""));
  app.add_flag("-q,--quiet", arguments.quiet, "No greeting, row counts or times");
  app.add_flag("--timing", arguments.timing, "Row count and time for every format");
  app.add_option(std::string(kStorageOption), storage_options,
                 "Credential, endpoint or client setting for tables named by URL")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--catalog", catalogs,
                 "Folder of tables, known as NAME.default.TABLE, NAME.SCHEMA.TABLE")
      ->type_name("NAME=URI")
      ->allow_extra_args(false);
  app.add_option("--set", settings,
                 "Setting of DataFusion, such as datafusion.execution.batch_size")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  app.add_option("--memory-limit", memory_limit, "Memory for queries, such as 2G")
      ->type_name("SIZE");
  app.add_flag("--sqllogictest", arguments.sqllogictest,
               "Answer as an external engine of sqllogictest")
      ->excludes(command)
      ->excludes(from_file);
  DoctorArguments doctor;
  std::vector<std::string> doctor_options;
  const CLI::App* doctor_command = AddDoctor(app, doctor, doctor_options);

  try {
    app.parse(argc, argv);
    if (doctor_command->parsed()) {
      if (command->count() + from_file->count() > 0) {
        throw CLI::ExcludesError("doctor", "-c and -f");
      }
      doctor.storage_options = ParsePairs(std::string(kOption), doctor_options);
      arguments.doctor = std::move(doctor);
    }
    arguments.settings = ParsePairs("--set", settings);
    arguments.catalogs = ParsePairs("--catalog", catalogs);
    arguments.storage_options = ParsePairs(std::string(kStorageOption), storage_options);
  } catch (const CLI::CallForHelp&) {
    WriteOutput(doctor_command->parsed() ? doctor_command->help() : app.help());
    return {.arguments = std::nullopt, .exit_code = kExitSuccess};
  } catch (const CLI::CallForVersion& version) {
    WriteOutput(fmt::format("{}\n", version.what()));
    return {.arguments = std::nullopt, .exit_code = kExitSuccess};
  } catch (const CLI::ExtrasError&) {
    // Which one is not said: it may hold a secret.
    WriteMessage("deltaic: There is an argument that was not expected.\nTry deltaic --help.");
    return {.arguments = std::nullopt, .exit_code = kExitUsage};
  } catch (const CLI::ParseError& error) {
    WriteMessage(fmt::format("deltaic: {}\nTry deltaic --help.", error.what()));
    return {.arguments = std::nullopt, .exit_code = kExitUsage};
  }
  if (from_file->count() > 0) arguments.file = file;
  if (!memory_limit.empty()) arguments.settings["datafusion.runtime.memory_limit"] = memory_limit;
  return {.arguments = std::move(arguments), .exit_code = kExitSuccess};
}

}  // namespace deltaic::cli
