#include "delta/session/history_rows.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>
#include <nanoarrow/nanoarrow.hpp>

#include "columnar/arrow_append.h"
#include "columnar/batch_builder.h"
#include "columnar/nanoarrow_check.h"

namespace deltaic::delta {
namespace {

using simdjson::dom::element;

enum class Type { kText, kNumber, kTruth, kTexts, kJob, kNotebook };

struct Member {
  const char* name;
  Type type;
};

// The members of a commitInfo in the order of the statement's columns, which version and timestamp
// precede.
constexpr std::array kMembers = {
    Member{"userId", Type::kText},
    Member{"userName", Type::kText},
    Member{"operation", Type::kText},
    Member{"operationParameters", Type::kTexts},
    Member{"job", Type::kJob},
    Member{"notebook", Type::kNotebook},
    Member{"clusterId", Type::kText},
    Member{"readVersion", Type::kNumber},
    Member{"isolationLevel", Type::kText},
    Member{"isBlindAppend", Type::kTruth},
    Member{"operationMetrics", Type::kTexts},
    Member{"userMetadata", Type::kText},
    Member{"engineInfo", Type::kText},
};

constexpr std::array kJobMembers = {"jobId", "jobName",    "jobRunId",
                                    "runId", "jobOwnerId", "triggerType"};
constexpr std::array kNotebookMembers = {"notebookId"};

// The member of an object, unless it is null.
std::optional<element> Find(const std::optional<element>& object, const char* name) {
  element value;
  if (!object || (*object)[name].get(value) != simdjson::SUCCESS || value.is_null()) {
    return std::nullopt;
  }
  return value;
}

// The text of a string, the JSON of anything else.
std::string TextOf(const element& value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return std::string(text);
  return simdjson::minify(value);
}

void AppendText(const std::optional<element>& value, ArrowArray* out) {
  if (value) {
    AppendBytes(TextOf(*value), out);
  } else {
    CheckNanoarrow(ArrowArrayAppendNull(out, 1));
  }
}

template <typename Number>
void AppendNumber(const std::optional<element>& value, ArrowArray* out) {
  Number number{};
  const bool is_one = value && value->get(number) == simdjson::SUCCESS;
  CheckNanoarrow(is_one ? ArrowArrayAppendInt(out, static_cast<int64_t>(number))
                        : ArrowArrayAppendNull(out, 1));
}

// A map from text to text.
void AppendTexts(const std::optional<element>& value, ArrowArray* out) {
  simdjson::dom::object object;
  if (!value || value->get(object) != simdjson::SUCCESS) {
    CheckNanoarrow(ArrowArrayAppendNull(out, 1));
    return;
  }
  ArrowArray* pairs = out->children[0];
  for (const auto& [key, member] : object) {
    AppendBytes(key, pairs->children[0]);
    AppendText(member.is_null() ? std::nullopt : std::optional(member), pairs->children[1]);
    CheckNanoarrow(ArrowArrayFinishElement(pairs));
  }
  CheckNanoarrow(ArrowArrayFinishElement(out));
}

// A struct of texts.
template <size_t kCount>
void AppendStruct(const std::optional<element>& value,
                  const std::array<const char*, kCount>& members, ArrowArray* out) {
  if (!value || !value->is_object()) {
    CheckNanoarrow(ArrowArrayAppendNull(out, 1));
    return;
  }
  for (size_t i = 0; i < kCount; ++i) AppendText(Find(value, members[i]), out->children[i]);
  CheckNanoarrow(ArrowArrayFinishElement(out));
}

void Append(const std::optional<element>& value, Type type, ArrowArray* out) {
  switch (type) {
    case Type::kText:
      return AppendText(value, out);
    case Type::kNumber:
      return AppendNumber<int64_t>(value, out);
    case Type::kTruth:
      return AppendNumber<bool>(value, out);
    case Type::kTexts:
      return AppendTexts(value, out);
    case Type::kJob:
      return AppendStruct(value, kJobMembers, out);
    case Type::kNotebook:
      return AppendStruct(value, kNotebookMembers, out);
  }
}

template <size_t kCount>
void SetStructType(const std::array<const char*, kCount>& members, ArrowSchema* schema) {
  CheckNanoarrow(ArrowSchemaSetTypeStruct(schema, kCount));
  for (size_t i = 0; i < kCount; ++i) {
    CheckNanoarrow(ArrowSchemaSetType(schema->children[i], NANOARROW_TYPE_STRING));
    CheckNanoarrow(ArrowSchemaSetName(schema->children[i], members[i]));
  }
}

nanoarrow::UniqueSchema SchemaOf(const Member& member) {
  nanoarrow::UniqueSchema schema;
  ArrowSchemaInit(schema.get());
  switch (member.type) {
    case Type::kText:
      CheckNanoarrow(ArrowSchemaSetType(schema.get(), NANOARROW_TYPE_STRING));
      break;
    case Type::kNumber:
      CheckNanoarrow(ArrowSchemaSetType(schema.get(), NANOARROW_TYPE_INT64));
      break;
    case Type::kTruth:
      CheckNanoarrow(ArrowSchemaSetType(schema.get(), NANOARROW_TYPE_BOOL));
      break;
    case Type::kTexts: {
      CheckNanoarrow(ArrowSchemaSetType(schema.get(), NANOARROW_TYPE_MAP));
      const ArrowSchema* entries = schema->children[0];
      CheckNanoarrow(ArrowSchemaSetType(entries->children[0], NANOARROW_TYPE_STRING));
      entries->children[0]->flags &= ~ARROW_FLAG_NULLABLE;
      CheckNanoarrow(ArrowSchemaSetType(entries->children[1], NANOARROW_TYPE_STRING));
      break;
    }
    case Type::kJob:
      SetStructType(kJobMembers, schema.get());
      break;
    case Type::kNotebook:
      SetStructType(kNotebookMembers, schema.get());
      break;
  }
  CheckNanoarrow(ArrowSchemaSetName(schema.get(), member.name));
  return schema;
}

// A column of a member of the commitInfos.
class MemberColumn {
 public:
  explicit MemberColumn(const Member& member) : member_(member), schema_(SchemaOf(member)) {
    CheckNanoarrow(ArrowArrayInitFromSchema(array_.get(), schema_.get(), nullptr));
    CheckNanoarrow(ArrowArrayStartAppending(array_.get()));
  }

  void Add(const std::optional<element>& commit) {
    Append(Find(commit, member_.name), member_.type, array_.get());
  }

  void AddTo(BatchBuilder& batch) && {
    CheckNanoarrow(ArrowArrayFinishBuildingDefault(array_.get(), nullptr));
    batch.AddArray(std::move(schema_), std::move(array_));
  }

 private:
  Member member_;
  nanoarrow::UniqueSchema schema_;
  nanoarrow::UniqueArray array_;
};

// Starts rows with the columns that every commit has.
BatchBuilder StartRows(const std::vector<HistoryEntry>& history) {
  std::vector<int64_t> versions;
  std::vector<int64_t> times;
  for (const HistoryEntry& entry : history) {
    versions.push_back(entry.version);
    times.push_back(entry.timestamp_ms);
  }
  BatchBuilder builder(static_cast<int64_t>(history.size()));
  builder.AddInt64("version", versions);
  builder.AddTimestamps("timestamp", times);
  return builder;
}

// Nothing where it is no JSON.
std::optional<element> Parse(simdjson::dom::parser& parser, const std::string& json) {
  element commit;
  if (parser.parse(json).get(commit) != simdjson::SUCCESS) return std::nullopt;
  return commit;
}

}  // namespace

RecordBatch ListHistory(const std::vector<HistoryEntry>& history) {
  constexpr std::array<std::pair<const char*, const char*>, 5> kShown = {
      {{"operation", "operation"},
       {"operation_parameters", "operationParameters"},
       {"operation_metrics", "operationMetrics"},
       {"user_name", "userName"},
       {"engine_info", "engineInfo"}}};
  std::array<std::vector<std::optional<std::string>>, kShown.size()> columns;
  std::vector<std::string> infos;
  simdjson::dom::parser parser;
  for (const HistoryEntry& entry : history) {
    const std::optional<element> commit = Parse(parser, entry.json);
    for (size_t i = 0; i < kShown.size(); ++i) {
      const std::optional<element> value = Find(commit, kShown[i].second);
      columns[i].push_back(value ? std::optional(TextOf(*value)) : std::nullopt);
    }
    infos.push_back(entry.json);
  }
  BatchBuilder builder = StartRows(history);
  for (size_t i = 0; i < kShown.size(); ++i) {
    builder.AddNullableStrings(kShown[i].first, columns[i]);
  }
  builder.AddStrings("commit_info", infos);
  return builder.Finish();
}

RecordBatch DescribeHistory(const std::vector<HistoryEntry>& history) {
  std::vector<MemberColumn> columns(kMembers.begin(), kMembers.end());
  simdjson::dom::parser parser;
  for (const HistoryEntry& entry : history) {
    const std::optional<element> commit = Parse(parser, entry.json);
    for (MemberColumn& column : columns) column.Add(commit);
  }
  BatchBuilder builder = StartRows(history);
  for (MemberColumn& column : columns) std::move(column).AddTo(builder);
  return builder.Finish();
}

}  // namespace deltaic::delta
