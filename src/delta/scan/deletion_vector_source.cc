#include "delta/scan/deletion_vector_source.h"

#include <limits>
#include <vector>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "base/text/excerpt.h"
#include "base/text/json_writer.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/snapshot/active_file_columns.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Malformed(std::string_view text) {
  throw Error(ErrorCode::kCorruptData,
              fmt::format("This tells no place of a deletion vector: {}", Excerpt(text)));
}

// The members of a text, each with its type.
class Members {
 public:
  explicit Members(std::string_view text) : text_(text) {
    if (parser_.parse(text.data(), text.size()).get(object_) != simdjson::SUCCESS) Malformed(text);
  }

  std::optional<std::string> Text(const char* name) {
    std::string_view value;
    const simdjson::error_code error = object_[name].get(value);
    if (error == simdjson::NO_SUCH_FIELD) return std::nullopt;
    if (error != simdjson::SUCCESS) Malformed(text_);
    return std::string(value);
  }

  std::optional<int64_t> Integer(const char* name) {
    int64_t value = 0;
    const simdjson::error_code error = object_[name].get(value);
    if (error == simdjson::NO_SUCH_FIELD) return std::nullopt;
    if (error != simdjson::SUCCESS) Malformed(text_);
    return value;
  }

  std::optional<int32_t> Integer32(const char* name) {
    const std::optional<int64_t> value = Integer(name);
    if (value && (*value < 0 || *value > std::numeric_limits<int32_t>::max())) Malformed(text_);
    return value ? std::optional(static_cast<int32_t>(*value)) : std::nullopt;
  }

  template <typename Value>
  Value Required(const std::optional<Value>& value) const {
    if (!value) Malformed(text_);
    return *value;
  }

 private:
  std::string_view text_;
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
};

}  // namespace

std::optional<int64_t> RecordsOf(const Snapshot& snapshot, int64_t file) {
  const ActiveFileColumns::Batch& batch = snapshot.files().columns().BatchOf(file);
  const uint32_t row = batch.row(file);
  std::vector<int64_t> records;
  batch.files().ReadStatistics({});
  AppendRecordCounts(*batch.files().RecordStatistics(), {.list = &row, .size = 1}, records);
  return records.front() < 0 ? std::nullopt : std::optional(records.front());
}

std::optional<DeletionVectorSource> DeletionVectorOf(const Snapshot& snapshot, int64_t file) {
  const std::optional<DeletionVectorDescriptor> vector = snapshot.files().deletion_vector(file);
  if (!vector) return std::nullopt;
  DeletionVectorSource source = {.table_version = snapshot.version(),
                                 .file = snapshot.files().path(file),
                                 .offset = vector->offset,
                                 .size_in_bytes = vector->size_in_bytes,
                                 .cardinality = vector->cardinality,
                                 .num_records = RecordsOf(snapshot, file)};
  if (vector->storage_type == 'i') {
    source.inline_text = std::string(vector->path_or_inline);
    return source;
  }
  try {
    source.place = snapshot.PlaceOfDeletionVector(file);
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("{} Version {}, file: {}, deletion vector in the log", error.message(),
                            snapshot.version(), Excerpt(source.file)));
  }
  return source;
}

std::string ToText(const DeletionVectorSource& source) {
  std::string text;
  JsonWriter json(text);
  const auto integer = [&](const char* name, int64_t value) {
    json.Key(name);
    json.Integer(value);
  };
  json.BeginObject();
  integer("version", source.table_version);
  json.Key("file");
  json.String(source.file);
  if (source.inline_text) {
    json.Key("inline");
    json.String(*source.inline_text);
  } else {
    integer("store", source.place.store);
    json.Key("location");
    json.String(source.place.location);
  }
  if (source.offset) integer("offset", *source.offset);
  integer("size", source.size_in_bytes);
  integer("cardinality", source.cardinality);
  if (source.num_records) integer("records", *source.num_records);
  json.EndObject();
  return text;
}

DeletionVectorSource ParseDeletionVectorSource(std::string_view text) {
  Members members(text);
  DeletionVectorSource source = {.table_version = members.Required(members.Integer("version")),
                                 .file = members.Required(members.Text("file")),
                                 .inline_text = members.Text("inline"),
                                 .offset = members.Integer32("offset"),
                                 .size_in_bytes = members.Required(members.Integer32("size")),
                                 .cardinality = members.Required(members.Integer("cardinality")),
                                 .num_records = members.Integer("records")};
  if (!source.inline_text) {
    source.place = {.store = members.Required(members.Integer32("store")),
                    .location = members.Required(members.Text("location"))};
  }
  return source;
}

}  // namespace deltaic::delta
