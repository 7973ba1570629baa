#include <deltaic/base/error.h>

#include <gtest/gtest.h>

#include "base/error_text.h"

namespace deltaic {
namespace {

TEST(Error, EveryCodeSurvivesTheWayThroughItsName) {
  for (int number = 1; number <= 63; ++number) {
    ErrorCode code = static_cast<ErrorCode>(number);
    if (ErrorCodeName(code) == "internal") continue;
    EXPECT_EQ(ErrorCodeFromName(ErrorCodeName(code)), code);
  }
  EXPECT_EQ(ErrorCodeName(ErrorCode::kForked), "forked");
  EXPECT_EQ(ErrorCodeFromName("nonsense"), ErrorCode::kInternal);
}

TEST(Error, WhatIsTheMessage) {
  Error error(ErrorCode::kCorruptLog, "line 3");
  EXPECT_STREQ(error.what(), "line 3");
  EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
}

TEST(ErrorText, CodeSurvivesAWrapperOfAnotherLibrary) {
  Error error(ErrorCode::kCorruptLog, "a [b] c");
  Error decoded = DecodeError("External error: " + EncodeError(error), ErrorCode::kIo);
  EXPECT_EQ(decoded.code(), ErrorCode::kCorruptLog);
  EXPECT_EQ(decoded.message(), "a [b] c");
}

TEST(ErrorText, TextWithoutACodeGetsTheFallback) {
  Error decoded = DecodeError("array[0] and [nonsense] x", ErrorCode::kIo);
  EXPECT_EQ(decoded.code(), ErrorCode::kIo);
  EXPECT_EQ(decoded.message(), "array[0] and [nonsense] x");
  EXPECT_EQ(DecodeError("[unfinished", ErrorCode::kExecution).code(), ErrorCode::kExecution);
}

}  // namespace
}  // namespace deltaic
