#include "delta/log/new_log_file.h"

#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

using testing::ErrorOf;
using testing::FaultyStore;
using testing::Verb;

constexpr size_t kLarge = size_t{33} << 20;

TEST(NewLogFile, IsThereOnceItIsFinished) {
  for (const size_t size : {size_t{10}, kLarge}) {
    const FaultyStore faulty;
    NewLogFile file(faulty.store(), "f");
    file.Append(std::string(size, 'x'));
    file.Append("end");
    EXPECT_FALSE(faulty.store().Head("f"));
    EXPECT_EQ(file.Finish(), size + 3);
    EXPECT_TRUE(faulty.store().Get("f").view().ends_with("xend"));
    EXPECT_EQ(faulty.count(Verb::kFinish), size == kLarge ? 1 : 0);
  }
}

TEST(NewLogFile, LeavesTheOneThatIsThere) {
  for (const size_t size : {size_t{10}, kLarge}) {
    const FaultyStore faulty;
    NewLogFile file(faulty.store(), "f");
    file.Append(std::string(size, 'x'));
    faulty.store().Put("f", "other");
    EXPECT_EQ(file.Finish(), std::nullopt);
    EXPECT_EQ(faulty.store().Get("f").view(), "other");
  }
}

TEST(NewLogFile, IsNotThereAfterAnError) {
  for (const Verb verb : {Verb::kAppend, Verb::kHead, Verb::kFinish}) {
    FaultyStore faulty;
    faulty.At(1, verb, {});
    const Error error = ErrorOf([&] {
      NewLogFile file(faulty.store(), "f");
      file.Append(std::string(kLarge, 'x'));
      file.Finish();
    });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_FALSE(faulty.store().Head("f"));
  }
}

}  // namespace
}  // namespace deltaic::delta
