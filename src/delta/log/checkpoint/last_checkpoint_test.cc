#include "delta/log/checkpoint/last_checkpoint.h"

#include <string>

#include <gtest/gtest.h>

namespace deltaic::delta {
namespace {

TEST(ParseLastCheckpoint, ReadsVersionAndParts) {
  EXPECT_EQ(ParseLastCheckpoint(R"({"version":10,"size":4})"), (LastCheckpointHint{10, {}}));
  EXPECT_EQ(ParseLastCheckpoint(R"({"size":4,"parts":3,"version":10,"checkpointSchema":{"a":[]}})"),
            (LastCheckpointHint{10, 3}));
  EXPECT_EQ(ParseLastCheckpoint(R"({"version":9223372036854775807,"size":1,"parts":null})"),
            (LastCheckpointHint{INT64_MAX, {}}));
}

TEST(ParseLastCheckpoint, TakesNothingFromNonsense) {
  for (const char* json :
       {"", " ", "null", "7", "[]", "{}", "{\"version\":2,\"si", "\xff\x01 not JSON",
        R"({"version":-5})", R"({"version":"two"})", R"({"version":1.5})", R"({"version":null})",
        R"({"version":[]})", R"({"version":18446744073709551616})", R"({"version":3,"parts":0})",
        R"({"version":3,"parts":"x"})", R"({"version":3,"parts":2147483648})"}) {
    EXPECT_EQ(ParseLastCheckpoint(json), std::nullopt) << json;
  }
  EXPECT_EQ(ParseLastCheckpoint(std::string(100'000, '[')), std::nullopt);
  EXPECT_EQ(ParseLastCheckpoint(std::string(100, '\0')), std::nullopt);
}

TEST(FormatLastCheckpoint, IsWhatIsReadAgain) {
  const std::string json = FormatLastCheckpoint({12, 5, 900, 3});
  EXPECT_EQ(ParseLastCheckpoint(json), (LastCheckpointHint{12}));
  EXPECT_NE(json.find(R"("checksum":")"), std::string::npos) << json;
  EXPECT_EQ(json.find("parts"), std::string::npos) << json;
  // Another version is not what the checksum says.
  std::string changed = json;
  changed.replace(changed.find("12"), 2, "13");
  EXPECT_EQ(ParseLastCheckpoint(changed), std::nullopt);
}

TEST(FormatLastCheckpoint, NamesAFileWithANameOfItsOwn) {
  const std::string name =
      "00000000000000000012.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet";
  EXPECT_EQ(ParseLastCheckpoint(FormatLastCheckpoint({12, 5, 900, 3, name})),
            (LastCheckpointHint{12, {}, name}));
}

}  // namespace
}  // namespace deltaic::delta
