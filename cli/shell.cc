#include "cli/shell.h"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/datafusion/sql_error.h>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress_line.h"

namespace deltaic::cli {

using datafusion::ScriptStatement;

namespace {

constexpr std::string_view kHelp =
    R"(Statements end with a semicolon and may span lines. A Delta table is named by its path or URL
in quotes: SELECT * FROM './orders' LIMIT 10;

  \d          lists the tables of the session
  \d TABLE    describes a table
  \?          shows this text
  \q          leaves, as do exit, quit, .exit and Ctrl-D
  Ctrl-C      cancels the running query or forgets the statement being typed
)";

constexpr std::string_view kListTables =
    "SELECT table_schema, table_name, table_type FROM information_schema.tables "
    "WHERE table_schema <> 'information_schema' ORDER BY table_schema, table_name";

constexpr std::string_view kBlanks = " \t\r\n\f\v";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool IsQuit(std::string_view line) {
  if (!line.empty() && line.back() == ';') line = Trimmed(line.substr(0, line.size() - 1));
  return line == "exit" || line == "quit" || line == ".exit" || line == ".quit";
}

// The list of tables is in the information schema, which DataFusion leaves out unless asked.
Options WithInformationSchema(Options settings) {
  settings.try_emplace("datafusion.catalog.information_schema", "true");
  return settings;
}

}  // namespace

delta::DeltaSessionContext OpenSession(const Arguments& arguments) {
  delta::DeltaSessionContext session(WithInformationSchema(arguments.settings),
                                     arguments.storage_options);
  for (const auto& [name, uri] : arguments.catalogs) {
    session.RegisterCatalog(name, uri, arguments.storage_options);
  }
  return session;
}

Shell::Shell(const Arguments& arguments)
    : session_(OpenSession(arguments)), shows_progress_(!arguments.quiet) {
  style_.format = arguments.format;
  style_.max_rows = arguments.max_rows;
  style_.summary =
      arguments.timing || (arguments.format == ResultFormat::kTable && !arguments.quiet);
}

void Shell::BeginScript(std::string name) {
  Forget();
  script_ = std::move(name);
  line_ = 0;
}

Next Shell::TakeLine(std::string_view line) {
  ++line_;
  if (!in_statement_) {
    const std::string_view command = Trimmed(line);
    if (IsQuit(command)) return Next::kQuit;
    if (command.starts_with('\\')) return RunCommand(command);
  }
  if (pending_.empty()) pending_begin_ = {.line = line_, .column = 1};
  pending_ += line;
  pending_ += '\n';
  if (line.find(';') == std::string_view::npos) {
    in_statement_ = in_statement_ || !Trimmed(line).empty();
    return Next::kLine;
  }
  ScriptStatement rest = RunPending();
  in_statement_ = !Trimmed(rest.text).empty();
  if (in_statement_) {
    pending_ = std::move(rest.text);
    pending_begin_ = rest.begin;
  }
  return Next::kLine;
}

Next Shell::Finish() {
  // The added semicolon makes a last comment blank; an open quote or comment is left as it is.
  pending_ += "\n;";
  const ScriptStatement rest = RunPending();
  if (!Trimmed(rest.text).empty()) RunStatement(rest);
  return Next::kLine;
}

ScriptStatement Shell::RunPending() {
  datafusion::Script script = datafusion::SplitScript(pending_);
  Forget();
  for (ScriptStatement& statement : script.statements) {
    statement.begin = statement.begin.After(pending_begin_);
    RunStatement(statement);
  }
  script.rest.begin = script.rest.begin.After(pending_begin_);
  return std::move(script.rest);
}

void Shell::Forget() {
  pending_.clear();
  in_statement_ = false;
}

Next Shell::RunCommand(std::string_view command) {
  if (command == "\\q") return Next::kQuit;
  if (command == "\\?") {
    WriteOutput(kHelp);
  } else if (command == "\\d") {
    RunStatement({std::string(kListTables), {.line = line_}});
  } else if (command.starts_with("\\d ")) {
    RunStatement({fmt::format("DESCRIBE {}", Trimmed(command.substr(3))), {.line = line_}});
  } else {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("The shell has no such command (\\? lists them): {}", command));
  }
  return Next::kLine;
}

// Statements that write run to their end here.
datafusion::DataFrame Shell::Begin(const std::string& sql) const {
  ProgressLine progress(shows_progress_);
  const CancelScope scope([&] {
    progress.Update();
    return Interrupted();
  });
  return session_.Sql(sql);
}

void Shell::RunStatement(const ScriptStatement& statement) {
  const auto start = std::chrono::steady_clock::now();
  const CancelScope scope(Interrupted);
  ThrowIfCancelled();
  try {
    WriteResult(Begin(statement.text), style_, start);
  } catch (const datafusion::SqlError& error) {
    if (script_.empty()) throw;
    throw error.Within(script_, statement.begin);
  } catch (const Error& error) {
    if (script_.empty() || error.code() == ErrorCode::kCancelled) throw;
    throw Error(error.code(),
                fmt::format("{}\nat {}, line {}", error.message(), script_, statement.begin.line));
  }
}

}  // namespace deltaic::cli
