// The SQL shell `deltaic`: statements from the command line, a script or a prompt.

#include <unistd.h>

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "cli/arguments.h"
#include "cli/doctor.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/line_editor.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "cli/shell.h"
#include "cli/sqllogictest_engine.h"

namespace deltaic::cli {
namespace {

void Report(const Error& error) {
  WriteMessage(fmt::format("error[{}]: {}", ErrorCodeName(error.code()), error.message()));
}

// Runs each text of -c as a script of its own.
void RunCommands(Shell& shell, const std::vector<std::string>& commands) {
  size_t number = 0;
  for (const std::string& command : commands) {
    ++number;
    shell.BeginScript(commands.size() == 1 ? "-c" : fmt::format("-c number {}", number));
    for (std::string_view rest = command; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      if (shell.TakeLine(line) == Next::kQuit) return;
    }
    if (shell.Finish() == Next::kQuit) return;
  }
}

void RunScript(Shell& shell, const std::string& path) {
  LineReader lines(path);
  shell.BeginScript(path == "-" ? "standard input" : path);
  while (const std::optional<std::string> line = lines.Next()) {
    if (shell.TakeLine(*line) == Next::kQuit) return;
  }
  shell.Finish();
}

void RunPrompt(Shell& shell, bool quiet) {
  if (!quiet) WriteMessage(fmt::format("deltaic {}. \\? shows help, \\q leaves.", DELTAIC_VERSION));
  LineEditor editor;
  while (true) {
    ForgetInterrupt();
    const LineEditor::Line line = editor.Read(shell.in_statement() ? "     ... " : "deltaic> ");
    if (line.end == LineEditor::End::kEndOfInput) return;
    if (line.end == LineEditor::End::kInterrupted) {
      shell.Forget();
      continue;
    }
    try {
      if (shell.TakeLine(line.text) == Next::kQuit) return;
    } catch (const Error& error) {
      Report(error);
    }
  }
}

int Run(int argc, char** argv) {
  PrepareProcess();
  const ParsedArguments parsed = ParseArguments(argc, argv);
  BlankStorageOptions(argc, argv);
  if (!parsed.arguments) return parsed.exit_code;
  const Arguments& arguments = *parsed.arguments;
  if (arguments.sqllogictest) {
    RunSqllogictestEngine(OpenSession(arguments));
    return kExitSuccess;
  }
  if (arguments.doctor) return RunDoctor(*arguments.doctor);
  Shell shell(arguments);
  if (!arguments.commands.empty()) {
    RunCommands(shell, arguments.commands);
  } else if (arguments.file) {
    RunScript(shell, *arguments.file);
  } else if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) {
    RunPrompt(shell, arguments.quiet);
  } else {
    RunScript(shell, "-");
  }
  return kExitSuccess;
}

}  // namespace
}  // namespace deltaic::cli

int main(int argc, char** argv) {
  using namespace deltaic::cli;  // NOLINT(google-build-using-namespace): the program's own.
  try {
    return Run(argc, argv);
  } catch (const OutputClosed&) {
    return kExitSuccess;
  } catch (const deltaic::Error& error) {
    Report(error);
    return error.code() == deltaic::ErrorCode::kCancelled ? kExitCancelled : kExitFailure;
  } catch (const std::bad_alloc&) {
    WriteMessage("error[resources_exhausted]: The memory that the process may have is used up.");
    return kExitFailure;
  } catch (const std::exception& error) {
    WriteMessage(fmt::format("error[internal]: {}", error.what()));
    return kExitFailure;
  }
}
