#include "delta/scan/deletion_vector_source.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "testing/error_of.h"

namespace deltaic::delta {
namespace {

TEST(DeletionVectorSource, IsTheSameAfterItWasText) {
  const DeletionVectorSource stored = {.table_version = 7,
                                       .file = "part=a%20\"b\"/é.parquet",
                                       .place = {.store = 2, .location = "x/deletion_vector_1.bin"},
                                       .offset = 1,
                                       .size_in_bytes = 34,
                                       .cardinality = int64_t{1} << 40,
                                       .num_records = 9};
  EXPECT_EQ(ParseDeletionVectorSource(ToText(stored)), stored);
  const DeletionVectorSource in_log = {.file = "f.parquet",
                                       .inline_text = "wi5b=000010000siXQKl0rr91000f55c8Xg0",
                                       .size_in_bytes = 40,
                                       .cardinality = 6};
  EXPECT_EQ(ParseDeletionVectorSource(ToText(in_log)), in_log);
}

TEST(DeletionVectorSource, IsReadOfNoOtherText) {
  const std::string sound =
      R"({"version":1,"file":"f","store":0,"location":"d.bin","size":4,"cardinality":1})";
  EXPECT_NO_THROW(ParseDeletionVectorSource(sound));
  for (const auto& [part, other] : std::initializer_list<std::pair<std::string, std::string>>{
           {R"("version":1)", R"("v":1)"},
           {R"("file":"f")", R"("file":2)"},
           {R"("store":0)", R"("store":-1)"},
           {R"("d.bin")", "null"},
           {R"("size":4)", R"("size":4e9)"},
           {R"("size":4)", R"("size":4000000000)"},
           {R"("cardinality":1})", R"("cardinality":1)"}}) {
    std::string text = sound;
    text.replace(text.find(part), part.size(), other);
    const Error error = testing::ErrorOf([&] { ParseDeletionVectorSource(text); });
    EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << text;
  }
}

}  // namespace
}  // namespace deltaic::delta
