#include "base/text/printable_text.h"

#include <string>

#include <gtest/gtest.h>

#include <deltaic/base/error.h>

namespace deltaic {
namespace {

using std::string_literals::operator""s;

TEST(PrintableText, TextStaysAsItIs) {
  for (const std::string text :
       {"", "a\tb\nc", "\u00A0\u07FF\u0800\uD7FF\uE000\uFFFF\U00010000\U0010FFFF"}) {
    EXPECT_EQ(PrintableText(text), text);
  }
}

TEST(PrintableText, ControlCharactersAreReplaced) {
  EXPECT_EQ(PrintableText("a\0b"s), "a\uFFFDb");
  EXPECT_EQ(PrintableText("\x1b[31m\r\x7f"), "\uFFFD[31m\uFFFD\uFFFD");
  EXPECT_EQ(PrintableText("\xC2\x9B"), "\uFFFD\uFFFD");
}

TEST(PrintableText, WhatIsNotUtf8IsReplacedByteByByte) {
  EXPECT_EQ(PrintableText("\xFF\x80z"), "\uFFFD\uFFFDz");
  EXPECT_EQ(PrintableText("\xC0\xAF"), "\uFFFD\uFFFD");            // Overlong.
  EXPECT_EQ(PrintableText("\xE0\x9F\xBF"), "\uFFFD\uFFFD\uFFFD");  // Overlong.
  EXPECT_EQ(PrintableText("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // A surrogate.
  EXPECT_EQ(PrintableText("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(PrintableText("\xE2\x82"), "\uFFFD\uFFFD");  // Cut.
}

TEST(Error, MessagesArePrintable) {
  EXPECT_EQ(Error(ErrorCode::kCorruptLog, "path a\0b"s).message(), "path a\uFFFDb");
}

}  // namespace
}  // namespace deltaic
