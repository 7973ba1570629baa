#include <deltaic/datafusion/sql_error.h>

#include <utility>

#include <fmt/format.h>

namespace deltaic::datafusion {
namespace {

std::string Message(std::string_view reason, std::string_view source, TextPlace place,
                    std::string_view shown) {
  return fmt::format("{}\nat {}{}line {}, column {}{}{}", reason, source,
                     source.empty() ? "" : ", ", place.line, place.column,
                     shown.empty() ? "" : ":\n", shown);
}

}  // namespace

SqlError::SqlError(ErrorCode code, std::string reason, TextPlace place, std::string_view sql)
    : Error(code, Message(reason, "", place, ShowPlace(sql, place))),
      reason_(std::move(reason)),
      place_(place),
      shown_(ShowPlace(sql, place)) {}

SqlError::SqlError(const SqlError& error, std::string_view source, TextPlace place)
    : Error(error.code(), Message(error.reason_, source, place, error.shown_)),
      reason_(error.reason_),
      place_(place),
      shown_(error.shown_) {}

SqlError::~SqlError() = default;

SqlError SqlError::Within(std::string_view source, TextPlace begin) const {
  return {*this, source, place_.After(begin)};
}

}  // namespace deltaic::datafusion
