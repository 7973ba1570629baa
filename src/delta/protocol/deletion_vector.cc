#include "delta/protocol/deletion_vector.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/crc32.h"
#include "base/text/excerpt.h"
#include "base/text/z85.h"

namespace deltaic::delta {
namespace {

constexpr size_t kUuidSize = 16;
constexpr size_t kUuidTextSize = 20;
constexpr size_t kMagicSize = 4;
constexpr size_t kSizeSize = 4;
constexpr size_t kChecksumSize = 4;
constexpr char kFormatVersion = 1;
constexpr uint32_t kMagic = 1681511377;

template <typename... Values>
[[noreturn]] void Corrupt(fmt::format_string<Values...> what, Values&&... values) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("The deletion vector is corrupt: {}.",
                          fmt::format(what, std::forward<Values>(values)...)));
}

uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes.substr(0, sizeof(number))) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

void AppendBigEndian(uint32_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}

uint32_t LittleEndian(std::string_view bytes) { return __builtin_bswap32(BigEndian(bytes)); }

// Magic number and bitmap.
RowSet Decode(const DeletionVectorDescriptor& vector, std::string_view data) {
  if (data.size() < kMagicSize) Corrupt("it has no magic number, with {} bytes", data.size());
  const uint32_t magic = LittleEndian(data);
  if (magic != kMagic) Corrupt("it begins with another magic number, {}", magic);
  RowSet rows = DecodeRowBitmap(data.substr(kMagicSize));
  if (rows.cardinality != vector.cardinality) {
    Corrupt("it has {} rows, {} by the log", rows.cardinality, vector.cardinality);
  }
  return rows;
}

std::string UuidText(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < kUuidSize; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

}  // namespace

std::string DeletionVectorId(std::string_view storage_type, std::string_view path_or_inline,
                             const int64_t* offset) {
  std::string id(storage_type);
  id += path_or_inline;
  if (offset != nullptr) id += "@" + std::to_string(*offset);
  return id;
}

std::optional<DeletionVectorDescriptor> MakeDeletionVector(std::string_view storage_type,
                                                           std::string_view path_or_inline,
                                                           std::optional<int64_t> offset,
                                                           std::optional<int64_t> size_in_bytes,
                                                           std::optional<int64_t> cardinality) {
  const auto is_int32 = [](int64_t number) { return number >= 0 && number <= INT32_MAX; };
  const bool is_known = storage_type == "u" || storage_type == "p" || storage_type == "i";
  if (!is_known || path_or_inline.empty() || !is_int32(offset.value_or(0)) ||
      !is_int32(size_in_bytes.value_or(-1)) || cardinality.value_or(-1) < 0) {
    return std::nullopt;
  }
  DeletionVectorDescriptor vector{.storage_type = storage_type.front(),
                                  .path_or_inline = path_or_inline,
                                  .size_in_bytes = static_cast<int32_t>(*size_in_bytes),
                                  .cardinality = *cardinality};
  if (offset) vector.offset = static_cast<int32_t>(*offset);
  return vector;
}

std::string DeletionVectorPath(const DeletionVectorDescriptor& vector) {
  const std::string_view text = vector.path_or_inline;
  if (vector.storage_type == 'p') return std::string(text);
  std::optional<std::string> uuid;
  if (text.size() >= kUuidTextSize) uuid = DecodeZ85(text.substr(text.size() - kUuidTextSize));
  if (!uuid || uuid->size() != kUuidSize) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("The name of a deletion vector is no UUID in Z85: {}", Excerpt(text)));
  }
  std::string path;
  for (const char c : text.substr(0, text.size() - kUuidTextSize)) {
    // It is a folder's name as it is, and no URI.
    path += c == '%' ? "%25" : std::string(1, c);
  }
  if (!path.empty()) path += '/';
  return path + fmt::format("deletion_vector_{}.bin", UuidText(*uuid));
}

ByteSpan StoredSpan(const DeletionVectorDescriptor& vector) {
  return {vector.offset.value_or(0),
          static_cast<int64_t>(kSizeSize + kChecksumSize) + vector.size_in_bytes};
}

void CheckVectorSize(const DeletionVectorDescriptor& vector) {
  if (vector.size_in_bytes <= kMaxDeletionVectorSize) return;
  throw Error(ErrorCode::kResourcesExhausted,
              fmt::format("A deletion vector has more than {} bytes: {}", kMaxDeletionVectorSize,
                          vector.size_in_bytes));
}

RowSet DecodeStoredVector(const DeletionVectorDescriptor& vector, char version,
                          std::string_view bytes) {
  CheckVectorSize(vector);
  if (version != kFormatVersion) Corrupt("its file has the unknown format {}", int{version});
  const auto size = static_cast<size_t>(vector.size_in_bytes);
  if (bytes.size() != kSizeSize + size + kChecksumSize) Corrupt("its file ends early");
  const uint32_t stored_size = BigEndian(bytes);
  if (stored_size != size) Corrupt("it has {} bytes, {} by the log", stored_size, size);
  const std::string_view data = bytes.substr(kSizeSize, size);
  if (Crc32(data) != BigEndian(bytes.substr(kSizeSize + size))) Corrupt("its checksum is wrong");
  return Decode(vector, data);
}

RowSet DecodeInlineVector(const DeletionVectorDescriptor& vector) {
  CheckVectorSize(vector);
  const std::optional<std::string> bytes = DecodeZ85(vector.path_or_inline);
  const auto size = static_cast<size_t>(vector.size_in_bytes);
  constexpr size_t kPadding = 4;
  if (!bytes || bytes->size() < size || bytes->size() >= size + kPadding) {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("An inline deletion vector is no Z85 of {} bytes: {}", size,
                            Excerpt(vector.path_or_inline)));
  }
  return Decode(vector, std::string_view(*bytes).substr(0, size));
}

std::string EncodeVector(const RowSet& rows) {
  std::string vector;
  AppendBigEndian(__builtin_bswap32(kMagic), vector);
  vector += EncodeRowBitmap(rows);
  if (vector.size() > static_cast<size_t>(kMaxDeletionVectorSize)) {
    throw Error(ErrorCode::kResourcesExhausted,
                fmt::format("A deletion vector of {} rows would have more than {} bytes: {}",
                            rows.cardinality, kMaxDeletionVectorSize, vector.size()));
  }
  return vector;
}

std::string EncodeInlineVector(std::string_view vector) { return EncodeZ85(vector); }

int64_t AppendStoredVector(std::string_view vector, std::string& file) {
  if (file.empty()) file += kFormatVersion;
  const auto offset = static_cast<int64_t>(file.size());
  AppendBigEndian(static_cast<uint32_t>(vector.size()), file);
  file += vector;
  AppendBigEndian(Crc32(vector), file);
  return offset;
}

std::string RelativeVectorPath(std::string_view prefix, std::string_view uuid) {
  return std::string(prefix) + EncodeZ85(uuid);
}

}  // namespace deltaic::delta
