#include "cli/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <string>
#include <system_error>

#include "cli/interrupt.h"

namespace deltaic::cli {
namespace {

constexpr int kHistoryLines = 10000;

// The file of the XDG base directory specification; empty where there is no home.
std::filesystem::path HistoryFile() {
  std::filesystem::path folder;
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && state[0] == '/') {
    folder = state;
  } else if (home != nullptr && home[0] == '/') {
    folder = std::filesystem::path(home) / ".local" / "state";
  } else {
    return {};
  }
  return folder / "deltaic" / "history";
}

// libedit reads characters by the locale; text is UTF-8 here even where the locale is "C".
void UseUtf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(nl_langinfo(CODESET)) != "UTF-8") std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

struct LineEditor::Impl {
  EditLine* editor = nullptr;
  History* history = nullptr;
  HistEvent event = {};
  std::filesystem::path history_file;
  std::string prompt;

  static char* Prompt(EditLine* editor) {
    Impl* impl = nullptr;
    el_get(editor, EL_CLIENTDATA, &impl);
    return impl->prompt.data();
  }

  // Reads a character for libedit: 1, or 0 at the end of input, or -1 after Ctrl-C. Its own
  // function misses a Ctrl-C that comes while it does not wait.
  static int ReadCharacter(EditLine* /*editor*/, wchar_t* character) {
    std::mbstate_t state = {};
    while (true) {
      if (!WaitUntilReadable(STDIN_FILENO)) return -1;
      char byte;
      const ssize_t count = read(STDIN_FILENO, &byte, 1);
      if (count == 0) return 0;
      if (count < 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        return -1;
      }
      const size_t length = std::mbrtowc(character, &byte, 1, &state);
      if (length == 0 || length == 1) return 1;
      if (length == static_cast<size_t>(-1)) state = {};  // Not UTF-8: leave it out.
    }
  }

  void Remember(const std::string& line) {
    if (line.find_first_not_of(" \t") == std::string::npos) return;
    ::history(history, &event, H_ENTER, line.c_str());
    if (!history_file.empty()) ::history(history, &event, H_SAVE, history_file.c_str());
  }
};

LineEditor::LineEditor() : impl_(std::make_unique<Impl>()) {
  UseUtf8();
  impl_->history = history_init();
  history(impl_->history, &impl_->event, H_SETSIZE, kHistoryLines);
  history(impl_->history, &impl_->event, H_SETUNIQUE, 1);
  impl_->history_file = HistoryFile();
  if (!impl_->history_file.empty()) {
    // A shell without a writable home works, but for the history.
    std::error_code ignored;
    std::filesystem::create_directories(impl_->history_file.parent_path(), ignored);
    umask(umask(0) | S_IRWXG | S_IRWXO);  // What was typed may hold secrets.
    history(impl_->history, &impl_->event, H_LOAD, impl_->history_file.c_str());
  }

  impl_->editor = el_init("deltaic", stdin, stdout, stderr);
  el_set(impl_->editor, EL_CLIENTDATA, impl_.get());
  el_set(impl_->editor, EL_PROMPT, &Impl::Prompt);
  el_set(impl_->editor, EL_EDITOR, "emacs");
  el_set(impl_->editor, EL_SIGNAL, 0);  // Signals are the shell's own.
  el_set(impl_->editor, EL_GETCFN, &Impl::ReadCharacter);
  el_set(impl_->editor, EL_HIST, history, impl_->history);
  el_set(impl_->editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(impl_->editor, nullptr);  // The user's ~/.editrc.
}

LineEditor::~LineEditor() {
  el_end(impl_->editor);
  history_end(impl_->history);
}

LineEditor::Line LineEditor::Read(std::string_view prompt) {
  impl_->prompt = prompt;
  el_resize(impl_->editor);
  // Before the prompt is seen: a Ctrl-D that meets the terminal's own line mode is lost.
  el_set(impl_->editor, EL_PREP_TERM, 1);
  int length = 0;
  const char* text = el_gets(impl_->editor, &length);
  if (Interrupted()) {
    std::fputs("^C\n", stdout);
    std::fflush(stdout);
    el_reset(impl_->editor);
    return {.end = End::kInterrupted, .text = {}};
  }
  if (text == nullptr || length <= 0) {
    std::fputs("\n", stdout);
    std::fflush(stdout);
    return {.end = End::kEndOfInput, .text = {}};
  }
  std::string line(text, static_cast<size_t>(length));
  if (!line.empty() && line.back() == '\n') line.pop_back();
  impl_->Remember(line);
  return {.end = End::kNone, .text = std::move(line)};
}

}  // namespace deltaic::cli
