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

TEST(FaultyStore, LetsListingsFailAndEndEarly) {
  FaultyStore faulty;
  const datafusion::ObjectStore& store = faulty.store();
  for (const char* location : {"a/1", "a/b/2"}) store.Put(location, "x");
  EXPECT_EQ(store.ListBelow("")->Next().size(), 2u);
  faulty.At(1, Verb::kListBelow, {.kind = Kind::kFail});
  const auto listing = store.ListBelow("");
  EXPECT_EQ(ErrorOf([&] { listing->Next(); }).code(), ErrorCode::kIo);
  faulty.At(1, Verb::kListBelow, {.kind = Kind::kTear});
  EXPECT_EQ(store.ListBelow("")->Next().size(), 1u);
  faulty.At(1, Verb::kList, {.kind = Kind::kTear});
  EXPECT_EQ(store.List("a").size(), 0u);
  EXPECT_EQ(store.List("a").size(), 1u);
}

TEST(FaultyStore, GivesUpAnObjectWhosePieceFails) {
  for (const Verb verb : {Verb::kAppend, Verb::kFinish}) {
    for (const Kind kind : {Kind::kFail, Kind::kTear}) {
      FaultyStore faulty;
      faulty.At(1, verb, {.kind = kind});
      const auto writer = faulty.store().OpenWriter("x");
      EXPECT_EQ(ErrorOf([&] {
                  writer->Append("1234");
                  writer->Finish();
                }).code(),
                ErrorCode::kIo);
      EXPECT_EQ(ErrorOf([&] { writer->Finish(); }).code(), ErrorCode::kInvalidArgument);
      EXPECT_FALSE(faulty.store().Head("x"));
    }
  }
}

TEST(FaultyStore, LosesTheAnswerOfAnObjectThatIsFinished) {
  FaultyStore faulty;
  faulty.At(1, Verb::kFinish, {.kind = Kind::kLoseAnswer});
  const auto writer = faulty.store().OpenWriter("x");
  writer->Append("12");
  writer->Append("34");
  EXPECT_EQ(ErrorOf([&] { writer->Finish(); }).code(), ErrorCode::kIo);
  EXPECT_EQ(faulty.store().Get("x").view(), "1234");
  EXPECT_EQ(faulty.count(Verb::kAppend), 2);
}

TEST(FaultyStore, DeletesTheOthersWhereOneCannotBeDeleted) {
  FaultyStore faulty;
  for (const char* location : {"a", "b", "c"}) faulty.store().Put(location, "x");
  faulty.At(2, Verb::kDelete, {.kind = Kind::kFail, .code = ErrorCode::kPermissionDenied});
  EXPECT_EQ(ErrorOf([&] {
              faulty.store().DeleteMany({"a", "b", "c"});
            }).code(),
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(faulty.store().List("").size(), 1u);
  EXPECT_TRUE(faulty.store().Head("b"));
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
