#pragma once

// The objects of a commit's JSON, one after the other (PROTOCOL.md, "Delta Log Entries"). One
// thread at a time.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace deltaic::delta {

/// The longest line that is parsed.
constexpr size_t kMaxActionBytes = size_t{256} << 20;

/// Which bytes are parsed, for messages.
struct CommitOrigin {
  std::string_view location;  ///< Of the commit file.
  int64_t version = 0;
  int64_t first_line = 1;            ///< Number of the first line among the commit's.
  std::string_view what = "Commit";  ///< What the file is.
  size_t first_byte = 0;             ///< Where in the commit the bytes begin.
};

/// Finds the objects: each is a line, or several if its first line does not end with a brace. Blank
/// lines, a byte order mark and CR before LF are passed over.
class ActionLines {
 public:
  /// Both must outlive the object. Throws `kResourcesExhausted` for more than 4 GiB.
  ActionLines(std::string_view json, const CommitOrigin& origin);

  /// Moves to the next object; false if there is none.
  bool Next();

  /// The bytes from the beginning of the object on.
  std::string_view rest() const { return json_.substr(at_); }

  /// Ends an object that is `size` bytes of one line.
  void Pass(size_t size) { at_ += size; }

  /// Ends the object and returns it. Throws `kCorruptLog` for bytes that are no object and for one
  /// that is cut short, `kResourcesExhausted` for one longer than `kMaxActionBytes`.
  std::string_view Take();

  /// Throws `kCorruptLog` naming the file, the version, and the line and the byte of the object.
  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    FailWith(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  [[noreturn]] void FailWith(std::string_view problem) const;
  size_t FindEnd();
  size_t FindClosingBrace();

  const std::string_view json_;
  const CommitOrigin& origin_;
  size_t at_ = 0;
  size_t begin_ = 0;              // Of the object.
  int64_t line_;                  // Where the object begins.
  int64_t line_ends_within_ = 0;  // The object.
};

}  // namespace deltaic::delta
