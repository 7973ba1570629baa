#include <deltaic/base/redaction.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/secret_memory.h"
#include "base/text/percent_text.h"

namespace deltaic {
namespace {

constexpr size_t kMost = 4096;
constexpr size_t kShortest = 6;
constexpr size_t kLongest = 16 << 10;

struct Memory {
  std::shared_mutex mutex;
  std::deque<std::string> secrets;  // Those that were handed over last come last.
};

// Never destroyed: errors are made until the process ends.
Memory& TheMemory() {
  static auto* const memory = new Memory;
  return *memory;
}

// Replaces every secret by what `replacement` makes of it, longer ones first: one may hold another.
std::string Replace(std::string text,
                    const std::function<std::string(std::string_view secret)>& replacement) {
  Memory& memory = TheMemory();
  const std::shared_lock lock(memory.mutex);
  std::vector<std::string_view> found;
  for (const std::string& secret : memory.secrets) {
    if (text.find(secret) != std::string::npos) found.push_back(secret);
  }
  std::ranges::stable_sort(found, std::greater(), &std::string_view::size);
  for (const std::string_view secret : found) {
    for (size_t at = text.find(secret); at != std::string::npos;) {
      const std::string shown = replacement(secret);
      text.replace(at, secret.size(), shown);
      at = text.find(secret, at + shown.size());
    }
  }
  return text;
}

size_t CountCharacters(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

}  // namespace

void RememberSpelling(std::string_view text) {
  if (text.size() < kShortest || text.size() > kLongest) return;
  Memory& memory = TheMemory();
  const std::unique_lock lock(memory.mutex);
  const auto known = std::ranges::find(memory.secrets, text);
  if (known != memory.secrets.end()) {
    memory.secrets.erase(known);
  } else if (memory.secrets.size() == kMost) {
    memory.secrets.pop_front();
  }
  memory.secrets.emplace_back(text);
}

void RememberSecret(std::string_view secret) {
  RememberSpelling(secret);
  const std::string encoded = FormEncode(secret);
  if (encoded != secret) RememberSpelling(encoded);
  if (secret.find('%') == std::string_view::npos) return;
  for (const std::string& name : FormNames(secret)) RememberSpelling(name);
}

std::string Redact(std::string text) {
  return Replace(std::move(text), [](std::string_view) { return std::string("REDACTED"); });
}

std::string MaskSecrets(std::string text, char mark) {
  return Replace(std::move(text), [mark](std::string_view secret) {
    return std::string(CountCharacters(secret), mark);
  });
}

}  // namespace deltaic
