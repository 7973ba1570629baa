#pragma once

// Takes lines of input, runs the statements and commands in them, and writes what they answer.

#include <string>
#include <string_view>

#include <deltaic/base/text_place.h>
#include <deltaic/datafusion/script.h>
#include <deltaic/delta/session/delta_session_context.h>

#include "cli/arguments.h"
#include "cli/result_writer.h"

namespace deltaic::cli {

/// Says whether to read on.
enum class Next { kLine, kQuit };

/// Makes the session that the command line asks for. Throws `Error` for settings that DataFusion
/// refuses.
delta::DeltaSessionContext OpenSession(const Arguments& arguments);

/// One session of the shell. Main thread only.
class Shell {
 public:
  /// Throws `Error` for settings that DataFusion refuses.
  explicit Shell(const Arguments& arguments);

  /// Begins a script, whose name and lines errors tell from now on. At a prompt there is none.
  void BeginScript(std::string name);

  /// Takes a line without its newline and runs every statement that it finishes. A line that
  /// begins with a backslash, outside a statement, is a command of the shell.
  ///
  /// Throws the first statement's `Error`; the rest of the line and any unfinished statement are
  /// forgotten.
  Next TakeLine(std::string_view line);

  /// Runs the statement that input ended in without a semicolon, if there is one. Throws as
  /// `TakeLine`.
  Next Finish();

  /// Whether a statement has been begun.
  bool in_statement() const { return in_statement_; }

  /// Forgets a statement that has been begun.
  void Forget();

 private:
  Next RunCommand(std::string_view command);
  /// Runs the statements that are complete; returns what follows them.
  datafusion::ScriptStatement RunPending();
  void RunStatement(const datafusion::ScriptStatement& statement);
  datafusion::DataFrame Begin(const std::string& sql) const;

  delta::DeltaSessionContext session_;
  ResultStyle style_;
  const bool shows_progress_;
  std::string script_;   // The name of the script; empty at a prompt.
  size_t line_ = 0;      // The line of the script that was taken last.
  std::string pending_;  // The lines of the statement that has been begun.
  TextPlace pending_begin_;
  bool in_statement_ = false;
};

}  // namespace deltaic::cli
