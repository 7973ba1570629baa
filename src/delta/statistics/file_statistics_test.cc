#include "delta/statistics/file_statistics.h"

#include <chrono>
#include <optional>
#include <random>
#include <string>

#include <deltaic/base/cancellation.h>
#include <deltaic/base/error.h>
#include <deltaic/delta/protocol/schema_arrow.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

#include "delta/statistics/statistics_columns.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

using Texts = std::vector<std::string>;

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

RecordBatch Parse(const StatisticsRequest& request, const Texts& texts) {
  return ParseFileStatistics(request, 0, static_cast<int64_t>(texts.size()),
                             [&](int64_t row) -> std::string_view { return texts[row]; });
}

// Values as text; the whole batch is checked first.
class Cells {
 public:
  explicit Cells(RecordBatch batch) : batch_(std::move(batch)) {
    EXPECT_EQ(ArrowArrayViewInitFromSchema(view_.get(), batch_.schema().c_schema(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewSetArray(view_.get(), batch_.c_array(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewValidate(view_.get(), NANOARROW_VALIDATION_LEVEL_FULL, nullptr), 0);
  }

  const RecordBatch& batch() const { return batch_; }

  std::string num_rows(int64_t row) const { return Value(view_->children[0], row); }

  // The value at a path of names, of which the first is the part; "absent" where there is none.
  std::string At(const Texts& path, int64_t row) const {
    const ArrowSchema* schema = batch_.schema().c_schema();
    const ArrowArrayView* column = view_.get();
    for (const std::string& name : path) {
      int64_t i = 0;
      while (i < schema->n_children && name != schema->children[i]->name) ++i;
      if (i == schema->n_children) return "absent";
      schema = schema->children[i];
      column = column->children[i];
    }
    return Value(column, row);
  }

  std::string operator()(const std::string& part, const std::string& column,
                         int64_t row = 0) const {
    return At({part, column}, row);
  }

  // null count, min, max, exact.
  std::string All(const std::string& column, int64_t row = 0) const {
    return (*this)("null_count", column, row) + " " + (*this)("min", column, row) + " " +
           (*this)("max", column, row) + " " + (*this)("exact", column, row);
  }

  // The same of a field of a struct.
  std::string OfField(const std::string& column, const std::string& field) const {
    std::string all;
    for (const char* part : {"null_count", "min", "max", "exact"}) {
      all += (all.empty() ? "" : " ") + At({part, column, field}, 0);
    }
    return all;
  }

 private:
  static std::string Value(const ArrowArrayView* column, int64_t row) {
    if (ArrowArrayViewIsNull(column, row)) return "null";
    switch (column->storage_type) {
      case NANOARROW_TYPE_STRING_VIEW: {
        ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(column, row);
        return fmt::format("'{}'", std::string_view(bytes.data.as_char, bytes.size_bytes));
      }
      case NANOARROW_TYPE_FLOAT:
      case NANOARROW_TYPE_DOUBLE:
        return fmt::format("{}", ArrowArrayViewGetDoubleUnsafe(column, row));
      case NANOARROW_TYPE_DECIMAL128: {
        ArrowDecimal decimal;
        ArrowDecimalInit(&decimal, 128, 38, 0);
        ArrowArrayViewGetDecimalUnsafe(column, row, &decimal);
        nanoarrow::UniqueBuffer digits;
        EXPECT_EQ(ArrowDecimalAppendDigitsToBuffer(&decimal, digits.get()), 0);
        return std::string(reinterpret_cast<char*>(digits->data), digits->size_bytes);
      }
      case NANOARROW_TYPE_BOOL:
        return ArrowArrayViewGetIntUnsafe(column, row) != 0 ? "true" : "false";
      default:
        return std::to_string(ArrowArrayViewGetIntUnsafe(column, row));
    }
  }

  RecordBatch batch_;
  nanoarrow::UniqueArrayView view_;
};

StatisticsRequest Columns(std::vector<StructField> columns) {
  return {.columns = std::move(columns)};
}

// The statistics of a file of one column "c" of ten records.
std::string One(std::string_view min, std::string_view max, std::string_view null_count = "0",
                std::string_view more = "") {
  return fmt::format(
      R"({{"numRecords":10,"minValues":{{"c":{}}},"maxValues":{{"c":{}}},"nullCount":{{"c":{}}}{}}})",
      min, max, null_count, more);
}

std::string OneOf(const DataType& type, const std::string& json) {
  return Cells(Parse(Columns({{"c", type}}), {json})).All("c");
}

TEST(FileStatistics, TypesAreThoseOfTheSchema) {
  std::vector<StructField> columns{
      {"s", Of(TypeKind::kString)},      {"l", Of(TypeKind::kLong)},
      {"i", Of(TypeKind::kInteger)},     {"h", Of(TypeKind::kShort)},
      {"b", Of(TypeKind::kByte)},        {"f", Of(TypeKind::kFloat), false},
      {"d", Of(TypeKind::kDouble)},      {"n", DataType::Decimal(20, 3)},
      {"day", Of(TypeKind::kDate)},      {"t", Of(TypeKind::kTimestamp)},
      {"w", Of(TypeKind::kTimestampNtz)}};
  Cells cells(Parse(
      Columns(columns),
      {R"({"numRecords":3,"minValues":{"s":"a","l":1,"i":2,"h":3,"b":4,"f":1.5,"d":2.5,)"
       R"("n":1.125,"day":"1970-01-02","t":"1970-01-01T00:00:00.001Z","w":"1970-01-01T00:00:00"},)"
       R"("maxValues":{"s":"b","l":10,"i":20,"h":30,"b":40,"f":3.5,"d":4.5,)"
       R"("n":2,"day":"1970-01-03","t":"1970-01-01T00:00:00.002Z","w":"1970-01-01T00:00:01"},)"
       R"("nullCount":{"s":0,"l":1,"i":2,"h":0,"b":0,"f":0,"d":0,"n":0,"day":0,"t":0,"w":0}})"}));
  EXPECT_EQ(cells.num_rows(0), "3");
  EXPECT_EQ(cells.All("s"), "0 'a' 'b\U0010FFFF' false");
  EXPECT_EQ(cells.All("l"), "1 1 10 true");
  EXPECT_EQ(cells.All("i"), "2 2 20 true");
  EXPECT_EQ(cells.All("h"), "0 3 30 true");
  EXPECT_EQ(cells.All("b"), "0 4 40 true");
  EXPECT_EQ(cells.All("f"), "0 1.5 3.5 false");
  EXPECT_EQ(cells.All("d"), "0 2.5 4.5 false");
  EXPECT_EQ(cells.All("n"), "0 1125 2000 true");
  EXPECT_EQ(cells.All("day"), "0 1 2 true");
  EXPECT_EQ(cells.All("t"), "0 1000 2999 false");
  EXPECT_EQ(cells.All("w"), "0 0 1000999 false");

  Schema expected = ToArrowSchema(columns, ArrowNullability::kAll);
  Schema schema = cells.batch().schema();
  EXPECT_EQ(schema.column_names(),
            (std::vector<std::string>{"num_rows", "null_count", "min", "max", "exact"}));
  for (int64_t part = 1; part < 5; ++part) {
    const ArrowSchema* fields = schema.c_schema()->children[part];
    ASSERT_EQ(fields->n_children, static_cast<int64_t>(columns.size()));
    for (int64_t i = 0; i < fields->n_children; ++i) {
      const char* format = part == 1   ? "l"
                           : part == 4 ? "b"
                                       : expected.c_schema()->children[i]->format;
      EXPECT_STREQ(fields->children[i]->format, format);
      EXPECT_STREQ(fields->children[i]->name, columns[i].name.c_str());
      EXPECT_NE(fields->children[i]->flags & ARROW_FLAG_NULLABLE, 0);
    }
  }
}

TEST(FileStatistics, ColumnsOfOtherTypes) {
  Cells cells(
      Parse(Columns({{"flag", Of(TypeKind::kBoolean)},
                     {"raw", Of(TypeKind::kBinary)},
                     {"nothing", Of(TypeKind::kVoid)},
                     {"point", DataType::Struct({{"x", Of(TypeKind::kLong)}})},
                     {"list", DataType::Array(Of(TypeKind::kLong), true)},
                     {"id", Of(TypeKind::kLong)}}),
            {R"({"numRecords":3,"minValues":{"flag":true,"raw":"x","point":{"x":1,"id":7},"id":2},)"
             R"("maxValues":{"flag":true,"point":{"x":1},"id":3},)"
             R"("nullCount":{"flag":1,"raw":2,"nothing":3,"point":{"x":0},"list":0,"id":0}})"}));
  EXPECT_EQ(cells.All("flag"), "1 true true true");
  EXPECT_EQ(cells.All("raw"), "2 absent absent absent");
  EXPECT_EQ(cells.All("nothing"), "3 absent absent absent");
  EXPECT_EQ(cells.OfField("point", "x"), "0 1 1 true");
  EXPECT_EQ(cells.All("list"), "absent absent absent absent");
  EXPECT_EQ(cells.All("id"), "0 2 3 true");
  Cells raw(Parse(Columns({{"raw", Of(TypeKind::kBinary)}}), {"{}"}));
  EXPECT_EQ(raw.batch().num_columns(), 2);
}

TEST(FileStatistics, NumRecordsAlone) {
  Texts texts{R"({"numRecords":5})",
              R"({"numRecords":0,"minValues":{}})",
              "",
              "{}",
              R"({"minValues":{"a":{"numRecords":9}},"numRecords":7})",
              R"( { "numRecords" : 8 } )",
              R"({"numRecords":3.0})",
              R"({"numRecords":-1})",
              R"({"numRecords":1.5})",
              R"({"numRecords":"5"})",
              R"({"numRecords":null})",
              R"({"numRecords":05})",
              R"({"numRecords":5)",
              R"({"numRecords":9223372036854775807})",
              R"({"numRecords":9223372036854775808})",
              R"({"numRecords":5x})",
              R"({"numRecords":})",
              R"({"numRecords")",
              R"({"numRecords":5}})",
              R"([{"numRecords":5}])",
              R"({"num\u0052ecords":6})",
              R"({"numRecords":4,"numRecords":5})"};
  Texts expected{"5",    "0",    "null", "null", "7",    "8",    "3",
                 "null", "null", "null", "null", "null", "null", "9223372036854775807",
                 "null", "null", "null", "null", "null", "null", "6",
                 "4"};
  Cells alone(Parse({}, texts));
  Cells with_columns(Parse(Columns({{"c", Of(TypeKind::kLong)}}), texts));
  EXPECT_EQ(alone.batch().num_columns(), 1);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(alone.num_rows(i), expected[i]) << texts[i];
    EXPECT_EQ(with_columns.num_rows(i), expected[i]) << texts[i];
  }
}

TEST(FileStatistics, RowsAreARange) {
  Texts texts;
  for (int i = 0; i < 10; ++i) texts.push_back(One(std::to_string(i), std::to_string(i)));
  Cells cells(ParseFileStatistics(Columns({{"c", Of(TypeKind::kLong)}}), 4, 7,
                                  [&](int64_t row) -> std::string_view { return texts[row]; }));
  ASSERT_EQ(cells.batch().num_rows(), 3);
  EXPECT_EQ(cells.All("c", 0), "0 4 4 true");
  EXPECT_EQ(cells.All("c", 2), "0 6 6 true");
  EXPECT_EQ(Parse(Columns({{"c", Of(TypeKind::kLong)}}), {}).num_rows(), 0);
}

TEST(FileStatistics, UnknownAndUnwantedPartsAreSkipped) {
  std::string json =
      R"({"x":[{"c":1}],"tags":{"minValues":{"c":9}},"maxValues":{"a":{"c":[1]},"c":4,"d":{}},)"
      R"("minValues":{"cc":7,"C":8,"a":{"c":3},"c":2},"nullCount":{"b":[1,2],"c":1,"z":0},)"
      R"("numRecords":6,"y":null})";
  EXPECT_EQ(OneOf(Of(TypeKind::kLong), json), "1 2 4 true");
}

TEST(FileStatistics, NamesAreMatchedAsTheyAre) {
  StatisticsRequest request = Columns({{"a\"b\\", Of(TypeKind::kLong)},
                                       {"\u00e9", Of(TypeKind::kLong)},
                                       {"a.b", Of(TypeKind::kLong)},
                                       {"", Of(TypeKind::kLong)}});
  Cells cells(
      Parse(request, {R"({"minValues":{"":4,"a.b":3,"\u00e9":2,"a\"b\\":1},)"
                      "\"maxValues\":{\"a\\\"b\\\\\":1,\"\u00e9\":2,\"a\":{\"b\":9},\"\":4}}"}));
  EXPECT_EQ(cells.All("a\"b\\"), "null 1 1 true");
  EXPECT_EQ(cells.All("\u00e9"), "null 2 2 true");
  EXPECT_EQ(cells.All("a.b"), "null 3 null false");
  EXPECT_EQ(cells.All(""), "null 4 4 true");
}

TEST(FileStatistics, EscapesInValues) {
  EXPECT_EQ(OneOf(Of(TypeKind::kString), One(R"("a\n\u00e9\"")", R"("b\ud83d\ude08")")),
            "0 'a\n\u00e9\"' 'b\U0001F608\U0010FFFF' false");
  // Half a pair of surrogates is not a text.
  EXPECT_EQ(OneOf(Of(TypeKind::kString), One(R"("a\ud83d")", R"("b")")), "null null null false");
}

TEST(FileStatistics, WrongValuesAreUnknown) {
  DataType type = Of(TypeKind::kInteger);
  for (std::string_view wrong : {"null", "true", "\"1\"", "[1]", "{}", "1.5", "99999999999", "tru",
                                 "1e", "-", "{\"c\":1}"}) {
    EXPECT_EQ(OneOf(type, One(wrong, "5")), "0 null 5 false") << wrong;
    EXPECT_EQ(OneOf(type, One("5", wrong)), "0 5 null false") << wrong;
  }
  for (std::string_view wrong : {"null", "-1", "11", "1.5", "\"0\"", "{\"c\":1}", "1e400"}) {
    EXPECT_EQ(OneOf(type, One("4", "5", wrong)), "null 4 5 true") << wrong;
  }
  EXPECT_EQ(OneOf(type, One("4", "5", "2.0")), "2 4 5 true");
  EXPECT_EQ(OneOf(type, R"({"numRecords":1,"minValues":[1],"maxValues":7,"nullCount":null})"),
            "null null null false");
}

TEST(FileStatistics, ContradictoryBoundsAreUnknown) {
  EXPECT_EQ(OneOf(Of(TypeKind::kLong), One("5", "4")), "0 null null false");
  EXPECT_EQ(OneOf(Of(TypeKind::kString), One(R"("b")", R"("a")")), "0 null null false");
  EXPECT_EQ(OneOf(Of(TypeKind::kDouble), One("2", "1")), "0 null null false");
  EXPECT_EQ(OneOf(DataType::Decimal(5, 2), One("2", "1")), "0 null null false");
  // Of nothing but nulls there are no bounds.
  EXPECT_EQ(OneOf(Of(TypeKind::kLong), One("4", "5", "10")), "10 null null false");
}

TEST(FileStatistics, NanHidesBothBounds) {
  for (TypeKind kind : {TypeKind::kFloat, TypeKind::kDouble}) {
    EXPECT_EQ(OneOf(Of(kind), One("1", "\"NaN\"")), "0 null null false");
    EXPECT_EQ(OneOf(Of(kind), One("\"NaN\"", "1")), "0 null null false");
    EXPECT_EQ(OneOf(Of(kind), One("\"-Infinity\"", "\"Infinity\"")), "0 -inf inf false");
    EXPECT_EQ(OneOf(Of(kind), One("0.0", "-0.0")), "0 -0 0 false");
  }
}

TEST(FileStatistics, WideBounds) {
  DataType type = Of(TypeKind::kLong);
  EXPECT_EQ(OneOf(type, One("4", "5", "0", R"(,"tightBounds":false)")), "0 4 5 false");
  EXPECT_EQ(OneOf(type, One("4", "5", "3", R"(,"tightBounds":false)")), "null 4 5 false");
  EXPECT_EQ(OneOf(type, One("4", "5", "10", R"(,"tightBounds":false)")), "10 null null false");
  EXPECT_EQ(OneOf(type, One("4", "5", "3", R"(,"tightBounds":true)")), "3 4 5 true");
  EXPECT_EQ(OneOf(type, One("4", "5", "3", R"(,"tightBounds":"yes")")), "null 4 5 false");
  EXPECT_EQ(OneOf(type, R"({"tightBounds":false,"nullCount":{"c":3},"minValues":{"c":1}})"),
            "null 1 null false");
  EXPECT_EQ(OneOf(type, R"({"tightBounds":false,"nullCount":{"c":0}})"), "0 null null false");
}

TEST(FileStatistics, StringsAreBoundsOnly) {
  DataType type = Of(TypeKind::kString);
  EXPECT_EQ(OneOf(type, One("\"abc\"", "\"abd\"")), "0 'abc' 'abd\U0010FFFF' false");
  // Equal ones are not, and a maximum may be cut shorter than a minimum.
  EXPECT_EQ(OneOf(type, One("\"abc\"", "\"abc\"")), "0 'abc' 'abc\U0010FFFF' false");
  EXPECT_EQ(OneOf(type, One("\"abc\"", "\"ab\"")), "0 'abc' 'ab\U0010FFFF' false");
  EXPECT_EQ(OneOf(type, One("\"\"", "\"\"")), "0 '' '' false");
}

TEST(FileStatistics, DecimalsKeepTheirDigits) {
  DataType type = DataType::Decimal(38, 18);
  EXPECT_EQ(OneOf(type, One("-12345678901234567890.123456789012345678", "0E-18")),
            "0 -12345678901234611750785763283800209303 0 false");
  EXPECT_EQ(OneOf(type, One(R"("1.5")", "2.5e0")),
            "0 1499999999999994671 2500000000000008881 false");
  EXPECT_EQ(OneOf(DataType::Decimal(5, 2), One("1.555", "1000")), "0 null null false");
}

TEST(FileStatistics, BadJsonIsUnknown) {
  std::string good = One("4", "5");
  DataType type = Of(TypeKind::kLong);
  ASSERT_EQ(OneOf(type, good), "0 4 5 true");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(OneOf(type, good.substr(0, size)), "null null null false") << size;
  }
  for (const std::string& bad :
       Texts{good + "x", good + good, "[" + good + "]", "null", "5", "\"x\"", std::string("\xff"),
             "{\"a\":\"\xff\"," + good.substr(1), std::string(100'000, '['),
             std::string(100'000, '{')}) {
    EXPECT_EQ(OneOf(type, bad), "null null null false") << bad.substr(0, 100);
  }
}

TEST(FileStatistics, DeepNestingIsSkipped) {
  std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(OneOf(Of(TypeKind::kLong), One("4", "5", "0", ",\"deep\":" + deep)), "0 4 5 true");
  EXPECT_EQ(OneOf(Of(TypeKind::kLong), One("4", deep)), "0 4 null false");
}

// Whatever the bytes, rows stay rows; a good row is read after any bad one.
TEST(FileStatistics, ChangedBytesNeverThrow) {
  StatisticsRequest request = Columns({{"c", Of(TypeKind::kString)},
                                       {"n", Of(TypeKind::kLong)},
                                       {"t", Of(TypeKind::kTimestamp)},
                                       {"d", DataType::Decimal(10, 2)}});
  std::string good =
      R"({"numRecords":10,"minValues":{"c":"a\u00e9","n":-5,"t":"2021-01-01T00:00:00.000Z",)"
      R"("d":1.25},"maxValues":{"c":"z","n":5,"t":"2021-01-02T00:00:00.000Z","d":2.5e1},)"
      R"("nullCount":{"c":0,"n":1,"t":2,"d":3},"tightBounds":true})";
  std::mt19937_64 random(3);
  Texts texts;
  for (int i = 0; i < 5'000; ++i) {
    std::string text = good;
    for (uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      constexpr std::string_view kBytes = "\"\\{}[]:,0123456789.-+eEtfn u\n\x01\x80\xff";
      size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = kBytes[random() % kBytes.size()];
          break;
        case 1:
          text.erase(at, 1 + random() % 5);
          break;
        default:
          text.insert(at, 1, kBytes[random() % kBytes.size()]);
      }
    }
    texts.push_back(text);
    texts.push_back(good);
  }
  Cells cells(Parse(request, texts));
  ASSERT_EQ(cells.batch().num_rows(), static_cast<int64_t>(texts.size()));
  for (size_t row = 1; row < texts.size(); row += 2) {
    ASSERT_EQ(cells.num_rows(row), "10");
    ASSERT_EQ(cells.All("c", row), "0 'a\u00e9' 'z\U0010FFFF' false");
    ASSERT_EQ(cells.All("d", row), "3 125 2500 true");
  }
}

// Files of random values: what the columns say holds for every value of the file.
TEST(FileStatistics, BoundsHoldForTheValuesTheyWereMadeFrom) {
  std::mt19937_64 random(5);
  StatisticsRequest request =
      Columns({{"n", Of(TypeKind::kInteger)}, {"t", Of(TypeKind::kTimestamp)}});
  Texts texts;
  std::vector<std::pair<int64_t, int64_t>> integers;
  std::vector<std::pair<int64_t, int64_t>> instants;
  for (int i = 0; i < 2000; ++i) {
    auto low = static_cast<int32_t>(random());
    auto high = static_cast<int32_t>(random());
    if (low > high) std::swap(low, high);
    integers.emplace_back(low, high);
    int64_t first = static_cast<int64_t>(random() % 86'400'000'000);
    int64_t last = first + static_cast<int64_t>(random() % (86'400'000'000 - first));
    instants.emplace_back(first, last);
    auto text = [](int64_t micros) {
      int64_t seconds = micros / 1'000'000;
      return fmt::format("1970-01-01T{:02}:{:02}:{:02}.{:03}Z", seconds / 3600, seconds / 60 % 60,
                         seconds % 60, micros / 1000 % 1000);
    };
    texts.push_back(
        fmt::format(R"({{"minValues":{{"n":{},"t":"{}"}},"maxValues":{{"n":{},"t":"{}"}}}})", low,
                    text(first), high, text(last)));
  }
  Cells cells(Parse(request, texts));
  for (int64_t row = 0; row < 2000; ++row) {
    EXPECT_EQ(cells("min", "n", row), std::to_string(integers[row].first));
    EXPECT_EQ(cells("max", "n", row), std::to_string(integers[row].second));
    EXPECT_LE(std::stoll(cells("min", "t", row)), instants[row].first);
    EXPECT_GE(std::stoll(cells("max", "t", row)), instants[row].second);
    EXPECT_LT(std::stoll(cells("max", "t", row)), instants[row].second + 1000);
  }
}

TEST(FileStatistics, ManyColumnsInAnyOrder) {
  constexpr int kColumns = 3000;
  std::vector<StructField> columns;
  for (int i = 0; i < kColumns; ++i) {
    columns.push_back({fmt::format("c{}", i), Of(TypeKind::kLong)});
  }
  std::string forward;
  std::string backward;
  for (int i = 0; i < kColumns; ++i) {
    forward += fmt::format("{}\"c{}\":{}", i == 0 ? "" : ",", i, i);
    int j = kColumns - 1 - i;
    backward += fmt::format("{}\"c{}\":{}", i == 0 ? "" : ",", j, j + 1);
  }
  Cells cells(Parse(Columns(columns),
                    {"{\"minValues\":{" + forward + "},\"maxValues\":{" + backward + "}}"}));
  for (int i = 0; i < kColumns; ++i) {
    ASSERT_EQ(cells.All(fmt::format("c{}", i)), fmt::format("null {} {} true", i, i + 1));
  }
}

// Many rows that all have integers take another way than single ones, and those that come in
// several pieces than those that come at once.
TEST(FileStatistics, ManyRowsReadAsSingleOnes) {
  const std::vector<StructField> columns = {{.name = "long", .type = Of(TypeKind::kLong)},
                                            {.name = "int", .type = Of(TypeKind::kInteger)},
                                            {.name = "short", .type = Of(TypeKind::kShort)},
                                            {.name = "byte", .type = Of(TypeKind::kByte)},
                                            {.name = "date", .type = Of(TypeKind::kDate)},
                                            {.name = "time", .type = Of(TypeKind::kTimestamp)}};
  const Texts numbers = {"0",          "-1",          "127",         "128",    "-128",
                         "-129",       "32767",       "32768",       "-32769", "2147483647",
                         "2147483648", "-2147483649", "123456789012"};
  const Texts times = {R"("2024-02-29")", R"("2024-02-30")", "5", R"("2024-02-29T01:02:03.004Z")"};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    // Only some sets of rows have gaps.
    const bool has_gaps = seed % 2 == 0;
    Texts texts;
    for (int row = 0; row < 21; ++row) {
      std::string bounds[2];
      for (std::string& side : bounds) {
        for (const StructField& column : columns) {
          const bool is_number = column.name != "date" && column.name != "time";
          if (has_gaps && random() % 7 == 0) continue;
          const Texts& values = is_number ? numbers : times;
          side += fmt::format(R"({}"{}":{})", side.empty() ? "" : ",", column.name,
                              values[random() % values.size()]);
        }
      }
      std::string text = fmt::format(
          R"({{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{"long":{},"int":0}})",
          random() % 4, bounds[0], bounds[1], random() % 5);
      if (has_gaps && random() % 5 == 0) text += R"(,"tightBounds":false)";
      texts.push_back(text + "}");
    }
    const Cells all(Parse(Columns(columns), texts));

    StatisticsLeavesBuilder builder;
    StatisticsTextParser parser(builder);
    for (const std::string& text : texts) parser.Append(text);
    const StatisticsLeaves leaves = builder.Finish();
    std::vector<ColumnStatistics> in_pieces;
    const uint32_t rows[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                             11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    for (const StructField& column : columns) {
      StatisticsColumnBuilder pieces(column);
      pieces.Append(leaves, {}, {.size = 3});
      pieces.Append(leaves, {}, {.list = rows + 3, .size = 9});
      pieces.Append(leaves, {}, {.list = rows + 12, .size = 9});
      in_pieces.push_back(pieces.Finish());
    }
    const Cells pieces(MakeStatistics(std::vector<int64_t>(texts.size(), 1), in_pieces));

    for (int64_t row = 0; row < static_cast<int64_t>(texts.size()); ++row) {
      const Cells one(Parse(Columns(columns), {texts[static_cast<size_t>(row)]}));
      for (const StructField& column : columns) {
        EXPECT_EQ(all.All(column.name, row), one.All(column.name))
            << texts[static_cast<size_t>(row)];
        EXPECT_EQ(all.All(column.name, row), pieces.All(column.name, row)) << column.name << row;
      }
      EXPECT_EQ(all.num_rows(row), one.num_rows(0));
    }
  }
}

TEST(FileStatistics, CancellationStopsTheLoop) {
  CancelScope scope([] { return true; });
  try {
    Parse({}, {"{}"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
}

TEST(FileStatistics, DeletedRowsLeaveBoundsAndCountsOfTheRest) {
  StatisticsRequest request{.columns = {{.name = "c", .type = Of(TypeKind::kLong)}}};
  const Texts texts = {
      R"({"numRecords":10,"nullCount":{"c":0},"minValues":{"c":1},"maxValues":{"c":9}})",
      R"({"numRecords":10,"nullCount":{"c":0},"minValues":{"c":1},"maxValues":{"c":9}})",
      R"({"numRecords":10,"nullCount":{"c":3},"minValues":{"c":1},"maxValues":{"c":9}})",
      R"({"numRecords":10,"nullCount":{"c":10},"tightBounds":false})",
      R"({"numRecords":10,"nullCount":{"c":0},"minValues":{"c":1},"maxValues":{"c":9}})",
      R"({"nullCount":{"c":0}})"};
  for (const auto& [row, cardinality] :
       std::vector<std::pair<size_t, int64_t>>{{1, 4}, {2, 4}, {3, 4}, {4, 11}, {5, 1}}) {
    request.deletion_vectors.Append(row, {'i', "x", std::nullopt, 1, cardinality});
  }
  const Cells cells(Parse(request, texts));
  const Texts expected = {"10: 0 1 9 true",       "6: 0 1 9 false",    "6: null 1 9 false",
                          "6: 6 null null false", "null: 0 1 9 false", "null: 0 null null false"};
  for (size_t row = 0; row < texts.size(); ++row) {
    const auto at = static_cast<int64_t>(row);
    EXPECT_EQ(cells.num_rows(at) + ": " + cells.All("c", at), expected[row]) << row;
  }
}

TEST(FileStatistics, AreFoundByPhysicalNamesAndShownByLogicalOnes) {
  StructField inner{"inner", Of(TypeKind::kLong)};
  inner.physical_name = "col-2";
  StructField column{"s", DataType::Struct({inner})};
  column.physical_name = "col-1";
  StructField swapped{"col-1", Of(TypeKind::kLong)};
  swapped.physical_name = "s";
  Cells cells(Parse(
      Columns({column, swapped}),
      {R"({"numRecords":2,"minValues":{"col-1":{"col-2":3,"inner":8},"s":5},)"
       R"("maxValues":{"col-1":{"col-2":4,"inner":9},"s":6},"nullCount":{"col-1":{"col-2":1}}})"}));
  EXPECT_EQ(cells.OfField("s", "inner"), "1 3 4 true");
  EXPECT_EQ(cells.All("col-1"), "null 5 6 true");
}

// Files from before a change have the statistics of the type that the column had then.
TEST(FileStatistics, OfWidenedColumns) {
  const auto widened = [](const DataType& type, const char* from, const std::string& json) {
    StructField field{"c", type};
    field.metadata_json = fmt::format(
        R"({{"delta.typeChanges":[{{"fromType":"{}","toType":"{}"}}]}})", from, type.name());
    return Cells(Parse(Columns({field}), {json})).All("c");
  };
  EXPECT_EQ(widened(Of(TypeKind::kLong), "byte", One("-128", "127")), "0 -128 127 true");
  // A double whose type changed may have been a float.
  EXPECT_EQ(widened(Of(TypeKind::kDouble), "integer", One("-5", "7")),
            "0 -5.000000476837158 7.000000476837158 false");
  EXPECT_EQ(widened(DataType::Decimal(12, 2), "integer", One("-5", "7")), "0 -500 700 true");
  EXPECT_EQ(widened(DataType::Decimal(12, 4), "decimal(10,2)", One("1.25", "7.5")),
            "0 12500 75000 true");
  // A day is known to the microsecond; what is a day more than the writer said is not.
  EXPECT_EQ(widened(Of(TypeKind::kTimestampNtz), "date", One("\"1970-01-01\"", "\"1970-01-02\"")),
            "0 0 86400000999 false");
  // The float 0.1 is greater than the double 0.1, the float 0.7 smaller.
  EXPECT_EQ(widened(Of(TypeKind::kDouble), "float", One("0.7", "1.0")),
            "0 0.6999999284744263 1.0000001192092896 false");
  EXPECT_EQ(widened(Of(TypeKind::kDouble), "float", One("0.1", "0.1")),
            "0 0.09999999403953552 0.10000000894069672 false");
  EXPECT_EQ(widened(Of(TypeKind::kDouble), "float", One("-1e300", "1e300")),
            "0 -1e+300 1e+300 false");
  EXPECT_EQ(OneOf(Of(TypeKind::kDouble), One("0.1", "0.1")), "0 0.1 0.1 false");
}

TEST(FileStatistics, ToShowThemTheyAreAsWritten) {
  const auto shown = [](const StructField& field, const std::string& json) {
    const Cells cells(Parse({.columns = {field}, .bounds = BoundsForm::kAsWritten}, {json}));
    return cells("null_count", "c") + " " + cells("min", "c") + " " + cells("max", "c");
  };
  const std::string early = R"("1970-01-01T00:00:00.001")", late = R"("1970-01-01T00:00:00.002")";
  for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampNtz}) {
    EXPECT_EQ(shown({"c", Of(kind)}, One(early, late)), "0 1000 2000");
    EXPECT_EQ(shown({"c", Of(kind)}, One(late, early)), "0 2000 1000");
  }
  const std::string fine = R"("1969-12-31T23:59:59.999999999")";
  for (const TypeKind kind : {TypeKind::kTimestampNanos, TypeKind::kTimestampNanosNtz}) {
    EXPECT_EQ(shown({"c", Of(kind)}, One(early, late)), "0 1000000 2000000");
    EXPECT_EQ(shown({"c", Of(kind)}, One(fine, late)), "0 -1 2000000");
  }
  StructField widened{"c", Of(TypeKind::kDouble)};
  widened.metadata_json = R"({"delta.typeChanges":[{"fromType":"float","toType":"double"}]})";
  EXPECT_EQ(shown(widened, One("0.7", "1.5")), "0 0.7 1.5");
  // Where rows may be deleted this says nothing of the rest, but it is what the writer says.
  EXPECT_EQ(shown({"c", Of(TypeKind::kLong)}, One("1", "2", "3", R"(,"tightBounds":false)")),
            "3 1 2");
  EXPECT_EQ(shown({"c", Of(TypeKind::kLong)}, One("1", "2", "11")), "null 1 2");
}

}  // namespace
}  // namespace deltaic::delta
