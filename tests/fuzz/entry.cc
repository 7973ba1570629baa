// The entry of every fuzz target: runs one input and judges how it ended.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <simdjson.h>

#include <deltaic/base/error.h>

#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

// The input decides what an error says, but not how long it may be.
constexpr size_t kMaxMessageBytes = 16 << 10;

// Whether an input may lead to such an error: it blames what was read or asked for.
bool IsVerdict(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kTableNotFound:
    case ErrorCode::kVersionNotFound:
    case ErrorCode::kCorruptLog:
    case ErrorCode::kCorruptData:
    case ErrorCode::kFileNotFound:
    case ErrorCode::kUnsupportedFeature:
    case ErrorCode::kResourcesExhausted:
      return true;
    default:
      return false;
  }
}

void Judge(const Error& error) {
  const std::string& message = error.message();
  if (!IsVerdict(error.code())) std::fprintf(stderr, "%s\n", message.c_str());
  Expect(IsVerdict(error.code()), "an input is refused with a code that blames the input");
  Expect(!message.empty() && message.size() <= kMaxMessageBytes, "messages are of bounded length");
  Expect(simdjson::validate_utf8(message), "messages are UTF-8");
  Expect(message.find('\0') == std::string::npos, "messages hold no NUL");
}

}  // namespace

void Expect(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "Does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

std::string_view TakeLine(std::string_view& input) {
  const std::string_view line = input.substr(0, input.find('\n'));
  input.remove_prefix(std::min(line.size() + 1, input.size()));
  return line;
}

unsigned TakeChoice(std::string_view& input, unsigned count) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte % count;
}

}  // namespace deltaic::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    deltaic::fuzz::Run({reinterpret_cast<const char*>(data), size});
  } catch (const deltaic::Error& error) {
    deltaic::fuzz::Judge(error);
  }
  return 0;
}
