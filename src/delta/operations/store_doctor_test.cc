#include <deltaic/delta/operations/store_doctor.h>

#include <gtest/gtest.h>

#include "testing/error_of.h"
#include "testing/faulty_store.h"

namespace deltaic::delta {
namespace {

using testing::Fault;
using testing::FaultyStore;
using testing::Verb;

TEST(StoreDoctor, FindsNothingWrongWithAStoreThatIsRight) {
  const FaultyStore store;
  const StoreReport report = CheckStore(store.store(), {.rounds = 3, .writers = 4});
  EXPECT_TRUE(report.is_safe());
  EXPECT_GE(report.checks.size(), 9U);
  EXPECT_TRUE(store.store().List("").empty());
  EXPECT_TRUE(store.store().ListFolders("").empty());
}

TEST(StoreDoctor, TellsWhatAStoreGetsWrong) {
  FaultyStore store;
  // A request that happens twice finds what it made itself: nobody wins.
  store.At(1, Verb::kPutIfAbsent, {.kind = Fault::Kind::kDuplicate});
  const StoreReport report = CheckStore(store.store(), {.rounds = 1, .writers = 2});
  EXPECT_FALSE(report.is_safe());
  EXPECT_FALSE(report.checks.front().passed);
}

TEST(StoreDoctor, ThrowsWhereNothingCanBeWritten) {
  FaultyStore store;
  store.At(1, Verb::kPutIfAbsent, {.code = ErrorCode::kPermissionDenied});
  EXPECT_EQ(testing::ErrorOf([&] { CheckStore(store.store()); }).code(),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace deltaic::delta
