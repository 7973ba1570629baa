#pragma once

#include <string>
#include <string_view>

#include <deltaic/base/error.h>
#include <deltaic/base/export.h>
#include <deltaic/base/text_place.h>

namespace deltaic::datafusion {

/// An error at a known place of SQL text. Its message tells the place, and shows its line:
///
///     Expected: an SQL statement, found: SELEC
///     at line 1, column 1:
///     SELEC 2
///     ^
class DELTAIC_EXPORT SqlError : public Error {
 public:
  /// `sql` is the text as it may be shown, without credentials.
  SqlError(ErrorCode code, std::string reason, TextPlace place, std::string_view sql);
  ~SqlError() override;

  /// The message without the place.
  const std::string& reason() const { return reason_; }
  const TextPlace& place() const { return place_; }

  /// The error where the SQL text is part of the script `source` (a file's name, or "") from
  /// `begin` on: the message tells the place in the script.
  SqlError Within(std::string_view source, TextPlace begin) const;

 private:
  SqlError(const SqlError& error, std::string_view source, TextPlace place);

  std::string reason_;
  TextPlace place_;
  std::string shown_;
};

}  // namespace deltaic::datafusion
