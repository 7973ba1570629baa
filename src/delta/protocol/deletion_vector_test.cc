#include "delta/protocol/deletion_vector.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "base/crc32.h"
#include "base/text/z85.h"

namespace deltaic::delta {
namespace {

constexpr char kInline[] = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
constexpr int32_t kSize = 44;

std::vector<RowRange> Rows() { return {{3, 5}, {7, 8}, {11, 12}, {18, 19}, {29, 30}}; }

DeletionVectorDescriptor Inline(int32_t size = kSize, int64_t cardinality = 6) {
  return {.storage_type = 'i',
          .path_or_inline = kInline,
          .size_in_bytes = size,
          .cardinality = cardinality};
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

// The span of the inline vector in a file.
std::string Stored() {
  const std::string data = *DecodeZ85(kInline);
  return BigEndian(kSize) + data + BigEndian(Crc32(data));
}

DeletionVectorDescriptor InFile(int32_t size = kSize, int64_t cardinality = 6) {
  return {.storage_type = 'u',
          .path_or_inline = "ab^-aqEH.-t@S}K{vb[*k^",
          .offset = 1,
          .size_in_bytes = size,
          .cardinality = cardinality};
}

void ExpectError(const std::function<void()>& run, ErrorCode code, std::string_view what) {
  try {
    run();
    ADD_FAILURE() << "There is no error; expected: " << what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
  }
}

TEST(MakeDeletionVector, TakesWhatMakesSense) {
  EXPECT_EQ(MakeDeletionVector("i", "x", std::nullopt, 4, 0),
            (DeletionVectorDescriptor{'i', "x", std::nullopt, 4, 0}));
  EXPECT_EQ(MakeDeletionVector("u", "x", 0, INT32_MAX, INT64_MAX),
            (DeletionVectorDescriptor{'u', "x", 0, INT32_MAX, INT64_MAX}));
  EXPECT_EQ(MakeDeletionVector("p", "x", INT32_MAX, 0, 1),
            (DeletionVectorDescriptor{'p', "x", INT32_MAX, 0, 1}));
}

TEST(MakeDeletionVector, RefusesTheRest) {
  constexpr int64_t kTooMuch = int64_t{1} << 31;
  EXPECT_FALSE(MakeDeletionVector("", "x", 1, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("q", "x", 1, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("uu", "x", 1, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "", 1, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", -1, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", kTooMuch, 1, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", 1, -1, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", 1, kTooMuch, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", 1, std::nullopt, 1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", 1, 1, -1));
  EXPECT_FALSE(MakeDeletionVector("u", "x", 1, 1, std::nullopt));
}

TEST(DeletionVectorId, HasTheOffsetIfThereIsOne) {
  const int64_t offset = 7;
  EXPECT_EQ(DeletionVectorId("u", "abc", &offset), "uabc@7");
  EXPECT_EQ(DeletionVectorId("i", "abc", nullptr), "iabc");
}

TEST(DeletionVectorPath, OfUuids) {
  EXPECT_EQ(DeletionVectorPath({'u', "ab^-aqEH.-t@S}K{vb[*k^"}),
            "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
  EXPECT_EQ(DeletionVectorPath({'u', "^-aqEH.-t@S}K{vb[*k^"}),
            "deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
  EXPECT_EQ(DeletionVectorPath({'u', "a%2F^-aqEH.-t@S}K{vb[*k^"}),
            "a%252F/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
}

TEST(DeletionVectorPath, AbsoluteOnesAreAsTheyAre) {
  EXPECT_EQ(DeletionVectorPath({'p', "s3://b/t/dv%20.bin"}), "s3://b/t/dv%20.bin");
}

TEST(DeletionVectorPath, RefusesWhatIsNoUuid) {
  for (const char* text : {"", "x", "^-aqEH.-t@S}K{vb[*k", "^-aqEH.-t@S}K{vb[*k ",
                           "^-aqEH.-t@S}K{vb#####", "^-aqEH.-t@S}K{v##093"}) {
    ExpectError([&] { DeletionVectorPath({'u', text}); }, ErrorCode::kCorruptLog, "UUID");
  }
}

TEST(DecodeInlineVector, Decodes) {
  const RowSet rows = DecodeInlineVector(Inline());
  EXPECT_EQ(rows.ranges, Rows());
  EXPECT_EQ(rows.cardinality, 6);
}

TEST(DecodeInlineVector, RefusesLies) {
  ExpectError([] { DecodeInlineVector(Inline(kSize, 5)); }, ErrorCode::kCorruptData,
              "6 rows, 5 by the log");
  ExpectError([] { DecodeInlineVector(Inline(kSize + 1)); }, ErrorCode::kCorruptLog, "Z85");
  ExpectError([] { DecodeInlineVector(Inline(kSize - 4)); }, ErrorCode::kCorruptLog, "Z85");
  ExpectError([] { DecodeInlineVector(Inline(kSize - 1)); }, ErrorCode::kCorruptData, "ends early");
  ExpectError([] { DecodeInlineVector(Inline(kMaxDeletionVectorSize + 1)); },
              ErrorCode::kResourcesExhausted, "more than");
  for (const char* text : {"\"", "0000", "0000é", "^Bg9^ rr91"}) {
    ExpectError(
        [&] {
          DecodeInlineVector({'i', text, std::nullopt, 4, 0});
        },
        ErrorCode::kCorruptLog, "Z85");
  }
  ExpectError(
      [] {
        DecodeInlineVector({'i', "00000", std::nullopt, 4, 0});
      },
      ErrorCode::kCorruptData, "magic number");
  ExpectError(
      [] {
        DecodeInlineVector({'i', "", std::nullopt, 0, 0});
      },
      ErrorCode::kCorruptData, "magic number");
}

TEST(DecodeStoredVector, Decodes) {
  const ByteSpan span = StoredSpan(InFile());
  EXPECT_EQ(span.offset, 1);
  EXPECT_EQ(span.length, static_cast<int64_t>(Stored().size()));
  EXPECT_EQ(DecodeStoredVector(InFile(), 1, Stored()).ranges, Rows());
}

TEST(DecodeStoredVector, RefusesLies) {
  const auto decode = [](const DeletionVectorDescriptor& vector, char version) {
    return [=] { DecodeStoredVector(vector, version, Stored()); };
  };
  ExpectError(decode(InFile(), 0), ErrorCode::kCorruptData, "unknown format 0");
  ExpectError(decode(InFile(kSize, 7), 1), ErrorCode::kCorruptData, "6 rows, 7 by the log");
  ExpectError(decode(InFile(kSize + 1), 1), ErrorCode::kCorruptData, "ends early");
  ExpectError(decode(InFile(kMaxDeletionVectorSize + 1), 1), ErrorCode::kResourcesExhausted,
              "more than");
  ExpectError([] { DecodeStoredVector(InFile(kSize - 4), 1, Stored().substr(4)); },
              ErrorCode::kCorruptData, "40 by the log");
}

TEST(DecodeStoredVector, RefusesEveryTruncation) {
  const std::string stored = Stored();
  for (size_t size = 0; size < stored.size(); ++size) {
    ExpectError([&] { DecodeStoredVector(InFile(), 1, stored.substr(0, size)); },
                ErrorCode::kCorruptData, "ends early");
  }
}

TEST(DecodeStoredVector, FindsEveryFlippedBit) {
  for (size_t bit = 0; bit < Stored().size() * 8; ++bit) {
    std::string stored = Stored();
    stored[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    ExpectError([&] { DecodeStoredVector(InFile(), 1, stored); }, ErrorCode::kCorruptData,
                "is corrupt");
  }
}

TEST(EncodeVector, IsDecodedToTheSameRows) {
  const RowSet rows{Rows(), 6};
  const std::string vector = EncodeVector(rows);
  const std::string text = EncodeInlineVector(vector);
  DeletionVectorDescriptor inline_vector{.storage_type = 'i',
                                         .path_or_inline = text,
                                         .size_in_bytes = static_cast<int32_t>(vector.size()),
                                         .cardinality = rows.cardinality};
  EXPECT_EQ(DecodeInlineVector(inline_vector).ranges, rows.ranges);

  std::string file;
  const int64_t first = AppendStoredVector(EncodeVector({{{0, 1}}, 1}), file);
  const int64_t second = AppendStoredVector(vector, file);
  EXPECT_EQ(first, 1);
  DeletionVectorDescriptor stored{.storage_type = 'u',
                                  .path_or_inline = "ab^-aqEH.-t@S}K{vb[*k^",
                                  .offset = static_cast<int32_t>(second),
                                  .size_in_bytes = static_cast<int32_t>(vector.size()),
                                  .cardinality = rows.cardinality};
  const ByteSpan span = StoredSpan(stored);
  const std::string_view bytes = std::string_view(file).substr(static_cast<size_t>(span.offset),
                                                               static_cast<size_t>(span.length));
  EXPECT_EQ(DecodeStoredVector(stored, file.front(), bytes).ranges, rows.ranges);
}

TEST(RelativeVectorPath, NamesTheFileOfItsUuid) {
  const std::string uuid = *DecodeZ85("^-aqEH.-t@S}K{vb[*k^");
  const std::string path = RelativeVectorPath("ab", uuid);
  EXPECT_EQ(path, "ab^-aqEH.-t@S}K{vb[*k^");
  EXPECT_EQ(DeletionVectorPath({.storage_type = 'u', .path_or_inline = path}),
            "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
}

}  // namespace
}  // namespace deltaic::delta
