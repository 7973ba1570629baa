#include <deltaic/base/error.h>

#include <array>
#include <utility>

#include <deltaic/base/redaction.h>

#include "base/text/printable_text.h"

namespace deltaic {
namespace {

struct NamedCode {
  ErrorCode code;
  std::string_view name;
};

constexpr std::array kNamedCodes = {
    NamedCode{ErrorCode::kInvalidArgument, "invalid_argument"},
    NamedCode{ErrorCode::kInvalidSql, "invalid_sql"},
    NamedCode{ErrorCode::kTableNotFound, "table_not_found"},
    NamedCode{ErrorCode::kVersionNotFound, "version_not_found"},
    NamedCode{ErrorCode::kAlreadyExists, "already_exists"},
    NamedCode{ErrorCode::kSchemaMismatch, "schema_mismatch"},
    NamedCode{ErrorCode::kCancelled, "cancelled"},
    NamedCode{ErrorCode::kCorruptLog, "corrupt_log"},
    NamedCode{ErrorCode::kCorruptData, "corrupt_data"},
    NamedCode{ErrorCode::kFileNotFound, "file_not_found"},
    NamedCode{ErrorCode::kUnsupportedFeature, "unsupported_feature"},
    NamedCode{ErrorCode::kConstraintViolation, "constraint_violation"},
    NamedCode{ErrorCode::kIo, "io"},
    NamedCode{ErrorCode::kPermissionDenied, "permission_denied"},
    NamedCode{ErrorCode::kResourcesExhausted, "resources_exhausted"},
    NamedCode{ErrorCode::kConflict, "conflict"},
    NamedCode{ErrorCode::kExecution, "execution"},
    NamedCode{ErrorCode::kNotImplemented, "not_implemented"},
    NamedCode{ErrorCode::kForked, "forked"},
    NamedCode{ErrorCode::kInternal, "internal"},
};

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) noexcept {
  for (const NamedCode& named : kNamedCodes) {
    if (named.code == code) return named.name;
  }
  return "internal";
}

ErrorCode ErrorCodeFromName(std::string_view name) noexcept {
  for (const NamedCode& named : kNamedCodes) {
    if (named.name == name) return named.code;
  }
  return ErrorCode::kInternal;
}

Error::Error(ErrorCode code, std::string message)
    : code_(code), message_(PrintableText(Redact(std::move(message)))) {}

Error::~Error() = default;

}  // namespace deltaic
