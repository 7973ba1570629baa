// Partition values: a choice of a type, then a value a line.

#include <vector>

#include "delta/protocol/partition_value.h"
#include "fuzz/arrow_checks.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

using delta::DataType;
using delta::TypeKind;

DataType TakeType(std::string_view& input) {
  static constexpr TypeKind kKinds[] = {
      TypeKind::kString,         TypeKind::kLong,
      TypeKind::kInteger,        TypeKind::kShort,
      TypeKind::kByte,           TypeKind::kFloat,
      TypeKind::kDouble,         TypeKind::kBoolean,
      TypeKind::kBinary,         TypeKind::kDate,
      TypeKind::kTimestamp,      TypeKind::kTimestampNtz,
      TypeKind::kTimestampNanos, TypeKind::kTimestampNanosNtz,
  };
  const unsigned choice = TakeChoice(input, std::size(kKinds) + 2);
  if (choice < std::size(kKinds)) return DataType::Primitive(kKinds[choice]);
  return choice == std::size(kKinds) ? DataType::Decimal(38, 38) : DataType::Decimal(9, 2);
}

}  // namespace

void Run(std::string_view input) {
  const DataType type = TakeType(input);
  std::vector<std::string_view> values;
  while (!input.empty()) values.push_back(TakeLine(input));
  const auto text = [&](int64_t row, size_t) -> std::optional<std::string_view> {
    return values[static_cast<size_t>(row)];
  };
  const RecordBatch batch =
      delta::ParsePartitionValues({{"p", type}}, static_cast<int64_t>(values.size()), text);
  ExpectValid(batch);
  Expect(batch.num_rows() == static_cast<int64_t>(values.size()), "a row a value");
}

}  // namespace deltaic::fuzz
