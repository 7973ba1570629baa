#include "testing/faulty_store.h"

#include <gtest/gtest.h>

#include "testing/error_of.h"

namespace deltaic::testing {
namespace {

using Kind = Fault::Kind;

TEST(FaultyStore, DoesWhatAStoreDoesWithoutFaults) {
  FaultyStore faulty;
  const datafusion::ObjectStore& store = faulty.store();
  EXPECT_TRUE(store.PutIfAbsent("a", "one"));
  EXPECT_FALSE(store.PutIfAbsent("a", "two"));
  EXPECT_EQ(store.Get("a").view(), "one");
  EXPECT_EQ(store.GetRange("a", 1, 1).view(), "n");
  EXPECT_EQ(store.List("").size(), 1u);
  EXPECT_EQ(store.Head("a")->size, 3);
  store.Delete("a");
  EXPECT_FALSE(store.Head("a"));
  EXPECT_EQ(faulty.count(Verb::kPutIfAbsent), 2);
  EXPECT_EQ(faulty.requests().front(), (Request{Verb::kPutIfAbsent, "a"}));
  EXPECT_TRUE(FaultyStore().store().List("").empty());
}

TEST(FaultyStore, FailsTheRequestThatIsAskedFor) {
  FaultyStore faulty;
  const datafusion::ObjectStore& store = faulty.store();
  faulty.At(2, Verb::kPut, {.kind = Kind::kFail, .code = ErrorCode::kPermissionDenied});
  store.Put("a", "1");
  EXPECT_EQ(ErrorOf([&] { store.Put("b", "2"); }).code(), ErrorCode::kPermissionDenied);
  EXPECT_FALSE(store.Head("b"));
  store.Put("b", "3");
  faulty.At(1, Verb::kPut, {.kind = Kind::kFail}, "c");
  store.Put("b", "4");
  EXPECT_EQ(ErrorOf([&] { store.Put("x/c", "5"); }).code(), ErrorCode::kIo);
}

TEST(FaultyStore, LosesAnswersTearsAndRepeats) {
  FaultyStore faulty;
  const datafusion::ObjectStore& store = faulty.store();
  faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kLoseAnswer});
  EXPECT_EQ(ErrorOf([&] { store.PutIfAbsent("a", "1234"); }).code(), ErrorCode::kIo);
  EXPECT_EQ(store.Get("a").view(), "1234");

  faulty.At(1, Verb::kPut, {.kind = Kind::kTear});
  EXPECT_EQ(ErrorOf([&] { store.Put("b", "1234"); }).code(), ErrorCode::kIo);
  EXPECT_EQ(store.Get("b").view(), "12");
  faulty.At(1, Verb::kGet, {.kind = Kind::kTear});
  EXPECT_EQ(store.Get("a").view(), "12");

  faulty.At(1, Verb::kPutIfAbsent, {.kind = Kind::kDuplicate});
  EXPECT_FALSE(store.PutIfAbsent("c", "1"));
  EXPECT_EQ(store.Get("c").view(), "1");
}

TEST(FaultyStore, CallsTheTestBeforeARequest) {
  FaultyStore faulty;
  const datafusion::ObjectStore& store = faulty.store();
  faulty.At(1, Verb::kPutIfAbsent,
            {.kind = Kind::kDelay, .before = [&] { store.Put("a", "other"); }});
  EXPECT_FALSE(store.PutIfAbsent("a", "mine"));
  EXPECT_EQ(store.Get("a").view(), "other");
}

}  // namespace
}  // namespace deltaic::testing
