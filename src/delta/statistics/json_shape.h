#pragma once

// The shape of a JSON text: what the texts of one kind have in common, and where they differ.
// Logs repeat few shapes; a text of a known one is compared and scanned instead of parsed, at
// several times the speed. Immutable once made; safe to share between threads.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delta/statistics/statistics_leaves.h"

namespace deltaic::delta {

/// A scalar of a JSON text.
struct JsonScalar {
  LeafPath path;           ///< Names of members from the outermost object on.
  bool is_text = false;    ///< Else a number, true, false or null.
  std::string_view value;  ///< The token, without quotes. A view of the text.
};

/// Calls `visit` for each scalar of `json`, an object that is known to be well-formed, in order.
/// With `is_escaped`, `json` is the content of a JSON text, every quote with a backslash before.
/// False where `visit` returns false, or for what cannot be told apart by its bytes: escapes and
/// bytes beyond ASCII in names, arrays that are not empty, deep nesting.
bool VisitScalars(std::string_view json, bool is_escaped,
                  const std::function<bool(const JsonScalar&)>& visit);

/// A value found where texts of a shape differ.
struct ShapeValue {
  int64_t integer;        ///< Of an integer or an instant; of a number see `MatchNumber`.
  std::string_view text;  ///< The token, without quotes.
};

class JsonShape {
 public:
  /// Where texts differ. Texts are of printable ASCII, without escapes; anything else is no match.
  struct Hole {
    std::string_view example;  ///< Within the text that the shape is learned from.
    LeafKind kind;             ///< Any but `kBoolean`.
    bool is_escaped;           ///< Whether a text ends with a backslash and a quote.
    /// Else any text, or number, is passed over, and its value means nothing.
    bool is_wanted = true;
  };

  /// Learns the shape of `example`; holes are in the order of their places.
  JsonShape(std::string_view example, std::span<const Hole> holes);

  size_t num_holes() const { return parts_.size(); }

  /// Matches the text that begins at `begin`. Returns its end, with a value a hole in `values`, or
  /// null where it is of another shape or reaches beyond `end`.
  const char* Match(const char* begin, const char* end, ShapeValue* values) const;

 private:
  struct Part {
    uint32_t literal_begin;
    uint32_t literal_size;
    LeafKind kind;
    bool is_escaped;
    bool is_wanted;
  };
  // The end of the text in a hole, and its value; null where it does not fit.
  static const char* MatchHole(const Part& part, const char* begin, const char* end,
                               int64_t& integer);

  std::string literals_;
  std::vector<Part> parts_;  // Each a literal and the hole after it.
  uint32_t last_begin_ = 0;  // The literal after the last hole, up to the end of `literals_`.
};

/// The kind that a scalar's values have.
LeafKind KindOf(const JsonScalar& scalar);

/// The value of a token of kind `kInteger`.
int64_t IntegerOf(std::string_view token);

}  // namespace deltaic::delta
