#include <deltaic/base/cancellation.h>

#include <thread>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic {
namespace {

TEST(CancelScope, InnermostScopeCounts) {
  EXPECT_FALSE(CancelRequested());
  CancelScope outer([] { return true; });
  EXPECT_TRUE(CancelRequested());
  {
    CancelScope inner([] { return false; });
    EXPECT_FALSE(CancelRequested());
  }
  EXPECT_TRUE(CancelRequested());
}

TEST(CancelScope, BelongsToItsThread) {
  CancelScope scope([] { return true; });
  bool elsewhere = true;
  std::thread([&] { elsewhere = CancelRequested(); }).join();
  EXPECT_FALSE(elsewhere);
}

TEST(CancelScope, ThrowIfCancelledCarriesTheCode) {
  ThrowIfCancelled();
  CancelScope scope([] { return true; });
  try {
    ThrowIfCancelled();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

}  // namespace
}  // namespace deltaic
