#include "delta/protocol/partition_value.h"

#include <cmath>
#include <limits>
#include <string>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.hpp>

namespace deltaic::delta {
namespace {

using Texts = std::vector<std::optional<std::string>>;

RecordBatch Parse(const DataType& type, const Texts& texts, bool nullable = true) {
  return ParsePartitionValues({{"c", type, nullable}}, static_cast<int64_t>(texts.size()),
                              [&](int64_t row, size_t) -> std::optional<std::string_view> {
                                if (!texts[row]) return std::nullopt;
                                return *texts[row];
                              });
}

DataType Of(TypeKind kind) { return DataType::Primitive(kind); }

// Reads the only column back; the array is checked in full.
class Column {
 public:
  explicit Column(const RecordBatch& batch) : batch_(batch) {
    EXPECT_EQ(ArrowArrayViewInitFromSchema(view_.get(), batch.schema().c_schema(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewSetArray(view_.get(), batch_.c_array(), nullptr), 0);
    EXPECT_EQ(ArrowArrayViewValidate(view_.get(), NANOARROW_VALIDATION_LEVEL_FULL, nullptr), 0);
  }

  bool IsNull(int64_t row) const { return ArrowArrayViewIsNull(view_->children[0], row); }
  int64_t Int(int64_t row) const { return ArrowArrayViewGetIntUnsafe(view_->children[0], row); }
  double Double(int64_t row) const {
    return ArrowArrayViewGetDoubleUnsafe(view_->children[0], row);
  }
  std::string Bytes(int64_t row) const {
    ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view_->children[0], row);
    return std::string(bytes.data.as_char, bytes.size_bytes);
  }
  std::string Decimal(int64_t row) const {
    ArrowDecimal decimal;
    ArrowDecimalInit(&decimal, 128, 38, 0);
    ArrowArrayViewGetDecimalUnsafe(view_->children[0], row, &decimal);
    nanoarrow::UniqueBuffer digits;
    EXPECT_EQ(ArrowDecimalAppendDigitsToBuffer(&decimal, digits.get()), 0);
    return std::string(reinterpret_cast<char*>(digits->data), digits->size_bytes);
  }

 private:
  RecordBatch batch_;
  nanoarrow::UniqueArrayView view_;
};

void ExpectMalformed(const DataType& type, const std::string& text) {
  try {
    Parse(type, {"", text});
    ADD_FAILURE() << type.name() << " took " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorruptLog);
    EXPECT_NE(error.message().find("'c'"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find(text.substr(0, 50)), std::string::npos) << error.message();
    EXPECT_LT(error.message().size(), 300u);
  }
}

TEST(PartitionValue, EmptyTextIsNullForEveryType) {
  for (const DataType& type :
       {Of(TypeKind::kString), Of(TypeKind::kLong), Of(TypeKind::kInteger), Of(TypeKind::kShort),
        Of(TypeKind::kByte), Of(TypeKind::kFloat), Of(TypeKind::kDouble), Of(TypeKind::kBoolean),
        Of(TypeKind::kBinary), Of(TypeKind::kDate), Of(TypeKind::kTimestamp),
        Of(TypeKind::kTimestampNtz), Of(TypeKind::kTimestampNanos),
        Of(TypeKind::kTimestampNanosNtz), DataType::Decimal(10, 2)}) {
    RecordBatch batch = Parse(type, {std::nullopt, ""});
    EXPECT_EQ(batch.num_rows(), 2);
    EXPECT_NE(batch.schema().c_schema()->children[0]->flags & ARROW_FLAG_NULLABLE, 0);
    Column column(batch);
    EXPECT_TRUE(column.IsNull(0)) << type.name();
    EXPECT_TRUE(column.IsNull(1)) << type.name();
    EXPECT_EQ(Parse(type, {}).num_rows(), 0);
  }
}

TEST(PartitionValue, EmptyTextIsAValueWhereNullIsNone) {
  for (const DataType& type : {Of(TypeKind::kString), Of(TypeKind::kBinary)}) {
    Column column(Parse(type, {""}, false));
    EXPECT_FALSE(column.IsNull(0)) << type.name();
    EXPECT_EQ(column.Bytes(0), "") << type.name();
  }
  EXPECT_TRUE(Column(Parse(Of(TypeKind::kLong), {""}, false)).IsNull(0));
}

template <typename T>
void CheckIntegers(TypeKind kind) {
  int64_t min = std::numeric_limits<T>::min();
  int64_t max = std::numeric_limits<T>::max();
  Column column(
      Parse(Of(kind), {"0", "-1", std::to_string(min), std::nullopt, std::to_string(max), "007"}));
  EXPECT_EQ(column.Int(0), 0);
  EXPECT_EQ(column.Int(1), -1);
  EXPECT_EQ(column.Int(2), min);
  EXPECT_TRUE(column.IsNull(3));
  EXPECT_EQ(column.Int(4), max);
  EXPECT_EQ(column.Int(5), 7);
  for (std::string text :
       {"1.0", "1e2", "a", " 1", "1 ", "+-1", "--1", "-", "0x1", "true", "99999999999999999999"}) {
    ExpectMalformed(Of(kind), text);
  }
  if (sizeof(T) < 8) {
    ExpectMalformed(Of(kind), std::to_string(max + 1));
    ExpectMalformed(Of(kind), std::to_string(min - 1));
  }
}

TEST(PartitionValue, Integers) {
  CheckIntegers<int64_t>(TypeKind::kLong);
  CheckIntegers<int32_t>(TypeKind::kInteger);
  CheckIntegers<int16_t>(TypeKind::kShort);
  CheckIntegers<int8_t>(TypeKind::kByte);
}

TEST(PartitionValue, Floats) {
  for (TypeKind kind : {TypeKind::kFloat, TypeKind::kDouble}) {
    Column column(Parse(
        Of(kind), {"1.5", "1.0E10", "-2.5e-3", "NaN", "Infinity", "-Infinity", "0", "-0.0", "5"}));
    EXPECT_EQ(column.Double(0), 1.5);
    EXPECT_EQ(column.Double(1), 1e10);
    EXPECT_NEAR(column.Double(2), -2.5e-3, 1e-9);
    EXPECT_TRUE(std::isnan(column.Double(3)));
    EXPECT_EQ(column.Double(4), std::numeric_limits<double>::infinity());
    EXPECT_EQ(column.Double(5), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(column.Double(6), 0);
    EXPECT_TRUE(std::signbit(column.Double(7)));
    // As delta-rs writes them.
    Column words(Parse(Of(kind), {"inf", "-inf", "nan"}));
    EXPECT_EQ(words.Double(0), std::numeric_limits<double>::infinity());
    EXPECT_EQ(words.Double(1), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(words.Double(2)));
    for (std::string text : {"nan(1)", "1,5", "1.5f", "0x1p3", "e5", ".", "1e", "1e999", " 1"}) {
      ExpectMalformed(Of(kind), text);
    }
  }
  Column floats(Parse(Of(TypeKind::kFloat), {"0.1", "3.4028235E38", "1.4E-45"}));
  EXPECT_EQ(floats.Double(0), 0.1f);
  EXPECT_EQ(floats.Double(1), std::numeric_limits<float>::max());
  EXPECT_EQ(floats.Double(2), std::numeric_limits<float>::denorm_min());
  ExpectMalformed(Of(TypeKind::kFloat), "1e39");
  Column doubles(Parse(Of(TypeKind::kDouble), {"0.1", "4.9E-324", "1.7976931348623157E308"}));
  EXPECT_EQ(doubles.Double(0), 0.1);
  EXPECT_EQ(doubles.Double(1), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(doubles.Double(2), std::numeric_limits<double>::max());
}

TEST(PartitionValue, Decimals) {
  Column column(Parse(DataType::Decimal(5, 2), {"1.5", "-10", "999.99", "0E-10", "1E+2", "0.010"}));
  EXPECT_EQ(column.Decimal(0), "150");
  EXPECT_EQ(column.Decimal(1), "-1000");
  EXPECT_EQ(column.Decimal(2), "99999");
  EXPECT_EQ(column.Decimal(3), "0");
  EXPECT_EQ(column.Decimal(4), "10000");
  EXPECT_EQ(column.Decimal(5), "1");
  for (std::string text : {"1.555", "1000", "1e9999999999", "abc", "1.5.5", "NaN", "."}) {
    ExpectMalformed(DataType::Decimal(5, 2), text);
  }
  std::string widest(38, '9');
  Column wide(Parse(DataType::Decimal(38, 0), {widest, "-" + widest}));
  EXPECT_EQ(wide.Decimal(0), widest);
  EXPECT_EQ(wide.Decimal(1), "-" + widest);
}

TEST(PartitionValue, Booleans) {
  Column column(Parse(Of(TypeKind::kBoolean), {"true", "false", "TRUE", "False"}));
  EXPECT_EQ(column.Int(0), 1);
  EXPECT_EQ(column.Int(1), 0);
  EXPECT_EQ(column.Int(2), 1);
  EXPECT_EQ(column.Int(3), 0);
  for (std::string text : {"1", "t", "yes", "truee", "fals", " true"}) {
    ExpectMalformed(Of(TypeKind::kBoolean), text);
  }
}

TEST(PartitionValue, DatesAndTimes) {
  Column dates(Parse(Of(TypeKind::kDate), {"1970-01-02", "9999-12-31", "0001-01-01"}));
  EXPECT_EQ(dates.Int(0), 1);
  EXPECT_EQ(dates.Int(1), 2'932'896);
  EXPECT_EQ(dates.Int(2), -719'162);
  ExpectMalformed(Of(TypeKind::kDate), "2021-02-30");
  ExpectMalformed(Of(TypeKind::kDate), "__HIVE_DEFAULT_PARTITION__");

  // The last one is how the log spells a zone-less value; its zone is UTC.
  Column instants(Parse(Of(TypeKind::kTimestamp),
                        {"1970-01-01T00:00:00.000001Z", "1970-01-01 00:00:01",
                         "1970-01-01 01:00:00.123456789+01:00", "2021-09-08 11:11:11"}));
  EXPECT_EQ(instants.Int(0), 1);
  EXPECT_EQ(instants.Int(1), 1'000'000);
  EXPECT_EQ(instants.Int(2), 123'456);
  EXPECT_EQ(instants.Int(3), 1'631'099'471'000'000);
  ExpectMalformed(Of(TypeKind::kTimestamp), "2021-01-01 25:00:00");
  ExpectMalformed(Of(TypeKind::kTimestamp), "999999-01-01 00:00:00");

  Column wall(Parse(Of(TypeKind::kTimestampNtz), {"1970-01-01 00:00:00.5"}));
  EXPECT_EQ(wall.Int(0), 500'000);
  ExpectMalformed(Of(TypeKind::kTimestampNtz), "1970-01-01 00:00:00+01:00");
}

TEST(PartitionValue, Nanoseconds) {
  // With 'Z' and 'T' as the protocol has it, with a space as other writers do.
  const std::vector<std::string> texts = {
      "1970-01-01T00:00:00.123456789Z", "1969-12-31 23:59:59.999999999", "2021-09-08",
      "1677-09-21T00:12:43.145224192Z", "2262-04-11 23:47:16.854775807"};
  for (TypeKind kind : {TypeKind::kTimestampNanos, TypeKind::kTimestampNanosNtz}) {
    Column times(Parse(Of(kind), {texts[0], texts[1], texts[2], texts[3], texts[4]}));
    EXPECT_EQ(times.Int(0), 123'456'789);
    EXPECT_EQ(times.Int(1), -1);
    EXPECT_EQ(times.Int(2), 1'631'059'200'000'000'000);
    EXPECT_EQ(times.Int(3), INT64_MIN);
    EXPECT_EQ(times.Int(4), INT64_MAX);
    ExpectMalformed(Of(kind), "1677-09-21T00:12:43.145224191Z");
    ExpectMalformed(Of(kind), "2262-04-11 23:47:16.854775808");
    ExpectMalformed(Of(kind), "9999-12-31 00:00:00");
    ExpectMalformed(Of(kind), "1970-01-01 00:00:00.1234567890");
  }
  Column offset(Parse(Of(TypeKind::kTimestampNanos), {"1970-01-01 01:00:00.000000001+01:00"}));
  EXPECT_EQ(offset.Int(0), 1);
  ExpectMalformed(Of(TypeKind::kTimestampNanosNtz), "1970-01-01 01:00:00.000000001+01:00");
}

TEST(PartitionValue, TimestampsThatNameNoZoneAreOfTheZoneThatIsGiven) {
  constexpr int64_t kHour = 3'600'000'000;
  const PartitionZone zone{"east", [](int64_t local) -> std::optional<int64_t> {
                             if (local < 0) return std::nullopt;
                             return local - kHour;
                           }};
  const std::vector<std::string> texts = {"1970-01-01 02:00:00", "1970-01-02",
                                          "1970-01-01T02:00:00Z", "1970-01-01 02:00:00+02:00"};
  const auto parse = [&](TypeKind kind, const std::vector<std::string>& of) {
    return ParsePartitionValues(
        {{"c", Of(kind), false}}, static_cast<int64_t>(of.size()),
        [&](int64_t row, size_t) -> std::optional<std::string_view> { return of[row]; }, zone);
  };
  Column instants(parse(TypeKind::kTimestamp, texts));
  EXPECT_EQ(instants.Int(0), kHour);
  EXPECT_EQ(instants.Int(1), 23 * kHour);
  EXPECT_EQ(instants.Int(2), 2 * kHour);
  EXPECT_EQ(instants.Int(3), 0);
  EXPECT_EQ(Column(parse(TypeKind::kTimestampNtz, {texts[0]})).Int(0), 2 * kHour);
  EXPECT_THROW(parse(TypeKind::kTimestamp, {"1969-12-31 23:00:00"}), Error);

  const std::vector<std::string> fine = {"1970-01-01 02:00:00.123456789", "1970-01-01 00:00:00",
                                         "1970-01-01 02:00:00.123456789Z"};
  Column nanos(parse(TypeKind::kTimestampNanos, fine));
  EXPECT_EQ(nanos.Int(0), kHour * 1000 + 123'456'789);
  EXPECT_EQ(nanos.Int(1), -kHour * 1000);
  EXPECT_EQ(nanos.Int(2), 2 * kHour * 1000 + 123'456'789);
  EXPECT_EQ(Column(parse(TypeKind::kTimestampNanosNtz, {fine[0]})).Int(0),
            2 * kHour * 1000 + 123'456'789);
  // The clock's time is out of range, the instant is not.
  EXPECT_EQ(Column(parse(TypeKind::kTimestampNanos, {"2262-04-12 00:47:16.854775807"})).Int(0),
            INT64_MAX);
  EXPECT_THROW(parse(TypeKind::kTimestampNanos, {"2262-04-12 00:47:16.854775808"}), Error);
}

TEST(PartitionValue, TextsAndBytes) {
  std::string devil = "\U0001F608";
  std::string longer(100'000, 'x');
  for (TypeKind kind : {TypeKind::kString, TypeKind::kBinary}) {
    RecordBatch batch = Parse(Of(kind), {"/%20%f", devil, " ", std::nullopt, longer, longer,
                                         "exactly12345", "thirteen13131"});
    EXPECT_STREQ(batch.schema().c_schema()->children[0]->format,
                 kind == TypeKind::kString ? "vu" : "vz");
    Column column(batch);
    EXPECT_EQ(column.Bytes(0), "/%20%f");
    EXPECT_EQ(column.Bytes(1), devil);
    EXPECT_EQ(column.Bytes(2), " ");
    EXPECT_TRUE(column.IsNull(3));
    EXPECT_EQ(column.Bytes(4), longer);
    EXPECT_EQ(column.Bytes(5), longer);
    EXPECT_EQ(column.Bytes(6), "exactly12345");
    EXPECT_EQ(column.Bytes(7), "thirteen13131");
  }
}

TEST(PartitionValue, LongTextsAreCutInMessages) {
  ExpectMalformed(Of(TypeKind::kLong), std::string(1'000'000, 'z'));
}

TEST(PartitionValue, SeveralColumns) {
  std::vector<StructField> columns{{"a", Of(TypeKind::kLong)}, {"b", Of(TypeKind::kString)}};
  RecordBatch batch = ParsePartitionValues(
      columns, 3, [&, text = std::string()](int64_t row, size_t column) mutable {
        text = fmt::format("{}{}", row, column);
        return std::optional<std::string_view>(text);
      });
  ASSERT_EQ(batch.num_columns(), 2);
  EXPECT_EQ(batch.num_rows(), 3);
  EXPECT_EQ(static_cast<const int64_t*>(batch.c_array()->children[0]->buffers[1])[2], 20);
  RecordBatch none = ParsePartitionValues({}, 3, nullptr);
  EXPECT_EQ(none.num_rows(), 3);
}

TEST(PartitionValue, TypesThatCannotPartitionAreRefused) {
  EXPECT_THROW(Parse(Of(TypeKind::kVoid), {"x"}), Error);
  EXPECT_THROW(Parse(Of(TypeKind::kVariant), {"x"}), Error);
}

// The texts that are written for the values of `texts`.
Texts Written(const DataType& type, const Texts& texts) {
  const RecordBatch batch = Parse(type, texts);
  nanoarrow::UniqueArrayView view;
  EXPECT_EQ(ArrowArrayViewInitFromSchema(view.get(), batch.schema().c_schema(), nullptr), 0);
  EXPECT_EQ(ArrowArrayViewSetArray(view.get(), batch.c_array(), nullptr), 0);
  return FormatPartitionValues({"c", type}, *view->children[0]);
}

TEST(FormatPartitionValues, WritesTheTextsOfTheProtocol) {
  EXPECT_EQ(Written(Of(TypeKind::kString), {"a b", std::nullopt, "", "é"}),
            (Texts{"a b", std::nullopt, std::nullopt, "é"}));
  EXPECT_EQ(Written(Of(TypeKind::kBoolean), {"TRUE", "false"}), (Texts{"true", "false"}));
  EXPECT_EQ(Written(Of(TypeKind::kLong), {"-9223372036854775808"}),
            (Texts{"-9223372036854775808"}));
  EXPECT_EQ(Written(DataType::Decimal(5, 2), {"-0.01", "1.5"}), (Texts{"-0.01", "1.50"}));
  EXPECT_EQ(Written(Of(TypeKind::kDate), {"2024-02-29"}), (Texts{"2024-02-29"}));
  EXPECT_EQ(Written(Of(TypeKind::kTimestamp), {"2021-09-08 11:11:11.123456"}),
            (Texts{"2021-09-08T11:11:11.123456Z"}));
  EXPECT_EQ(Written(Of(TypeKind::kTimestampNtz), {"2021-09-08T11:11:11"}),
            (Texts{"2021-09-08 11:11:11.000000"}));
  EXPECT_EQ(Written(Of(TypeKind::kBinary), {std::string("a\0b", 3)}),
            (Texts{std::string("a\0b", 3)}));
}

TEST(FormatPartitionValues, WritesWhatIsReadAsTheSameValue) {
  const auto expect_stable = [](const DataType& type, const Texts& texts) {
    const Texts once = Written(type, texts);
    EXPECT_EQ(Written(type, once), once) << type.name();
  };
  expect_stable(Of(TypeKind::kFloat), {"1e30", "0.1", "-0.0", "NaN", "inf", "-Infinity", "1e-45"});
  expect_stable(Of(TypeKind::kDouble), {"1e300", "0.1", "-0.0", "NaN", "Infinity", "4.9e-324"});
  expect_stable(DataType::Decimal(38, 0), {"-99999999999999999999999999999999999999", "0"});
  expect_stable(Of(TypeKind::kTimestamp), {"0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"});
  expect_stable(Of(TypeKind::kTimestampNanos), {"1677-09-21 00:12:43.145224193", "1970-01-01"});
  EXPECT_EQ(Written(Of(TypeKind::kTimestampNanosNtz), {"2021-09-08 11:11:11.123456789"}),
            (Texts{"2021-09-08 11:11:11.123456789"}));
  EXPECT_EQ(Written(Of(TypeKind::kDouble), {"-0.0", "0.1"}), (Texts{"-0", "0.1"}));
}

TEST(FormatPartitionValues, RefusesWhatTheLogCannotHold) {
  EXPECT_THROW(Written(Of(TypeKind::kBinary), {"\xff"}), Error);
}

}  // namespace
}  // namespace deltaic::delta
