#include "delta/actions/action_json.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "delta/actions/file_action_shapes.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr size_t kInitialCapacity = size_t{64} << 10;

bool IsBlank(char c) { return kBlanks.find(c) != std::string_view::npos; }

// The members of `add`, in the order of the bits that tell which were seen.
enum AddMember : uint32_t {
  kPath = 1,
  kPartitionValues = 2,
  kSize = 4,
  kModificationTime = 8,
  kDataChange = 16,
  kStats = 32,
  kDeletionVector = 64,
  kBaseRowId = 128,
  kRowCommitVersion = 256,
};

}  // namespace

// What parsing one commit leaves for the next.
struct ActionParser::State {
  ondemand::parser parser;
  std::string padded;
  AddedFilesBuilder added;
  StatisticsTextParser statistics{added.statistics};
  FileActionShapes shapes{added};
  std::shared_ptr<AddedFiles> files = std::make_shared<AddedFiles>();  // Of `added`, when finished.
};

namespace {

class CommitParser {
 public:
  CommitParser(ActionParser::State& state, std::string_view json, const CommitOrigin& origin)
      : state_(state), json_(json), origin_(origin), line_(origin.first_line) {}

  CommitActions Parse() {
    if (json_.size() > std::numeric_limits<uint32_t>::max()) {
      throw Error(ErrorCode::kResourcesExhausted,
                  fmt::format("{} {} is larger than 4 GiB: {}", origin_.what, origin_.version,
                              origin_.location));
    }
    size_t at = 0;
    if (origin_.first_line == 1 && json_.substr(0, 3) == kByteOrderMark) at = 3;
    actions_.files = state_.files;
    actions_.added_begin = static_cast<uint32_t>(state_.added.num_rows());
    while (SkipBlanks(at)) {
      object_begin_ = at;
      if (const size_t size = state_.shapes.Take(json_.substr(at), actions_.removed)) {
        ++actions_.num_objects;
        at += size;
        continue;
      }
      const size_t end = FindObjectEnd(at);
      ParseObject(json_.substr(at, end - at));
      ++actions_.num_objects;
      line_ += line_ends_within_;
      at = end;
    }
    state_.shapes.Flush();
    actions_.added_end = static_cast<uint32_t>(state_.added.num_rows());
    return std::move(actions_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    throw Error(ErrorCode::kCorruptLog,
                fmt::format("{} {} is corrupt: {}: {}, line {}, byte {}.", origin_.what,
                            origin_.version, fmt::format(format, std::forward<Args>(args)...),
                            origin_.location, line_, origin_.first_byte + object_begin_));
  }

  // Moves to the next byte that is not blank; false if there is none.
  bool SkipBlanks(size_t& at) {
    for (; at < json_.size() && IsBlank(json_[at]); ++at) line_ += json_[at] == '\n';
    return at < json_.size();
  }

  // The end of the object that begins at `begin`: that of the line, as the protocol has it, unless
  // the line is plainly incomplete. Some writers indent their objects over many lines.
  size_t FindObjectEnd(size_t begin) {
    if (json_[begin] != '{') Fail("a line is not a JSON object");
    line_ends_within_ = 0;
    size_t end = std::min(json_.find('\n', begin), json_.size());
    while (IsBlank(json_[end - 1])) --end;
    if (json_[end - 1] != '}') end = FindClosingBrace(begin);
    if (end - begin > kMaxActionBytes) {
      throw Error(ErrorCode::kResourcesExhausted,
                  fmt::format("{} {} has an action of more than {} MiB: {}, line {}", origin_.what,
                              origin_.version, kMaxActionBytes >> 20, origin_.location, line_));
    }
    return end;
  }

  size_t FindClosingBrace(size_t begin) {
    size_t depth = 0;
    bool in_text = false;
    for (size_t at = begin; at < json_.size(); ++at) {
      const char c = json_[at];
      if (in_text) {
        if (c == '\\') {
          ++at;
        } else if (c == '"') {
          in_text = false;
        } else if (c == '\n') {
          Fail("a line is truncated within a text");
        }
      } else if (c == '"') {
        in_text = true;
      } else if (c == '\n') {
        ++line_ends_within_;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        return at + 1;
      }
    }
    Fail("an action is truncated");
  }

  void ParseObject(std::string_view object) {
    if (object.size() > state_.parser.capacity() || state_.parser.capacity() == 0) {
      const size_t capacity = std::max(
          {kInitialCapacity, object.size(), std::min(2 * state_.parser.capacity(), json_.size())});
      if (const auto error = state_.parser.allocate(capacity)) FailJson(error, "an action");
    }
    // The parser reads beyond the object's end, so there must be bytes.
    const size_t available = json_.data() + json_.size() - object.data();
    if (available < object.size() + simdjson::SIMDJSON_PADDING) {
      state_.padded.resize(object.size() + simdjson::SIMDJSON_PADDING);
      std::memcpy(state_.padded.data(), object.data(), object.size());
      std::memset(state_.padded.data() + object.size(), 0, simdjson::SIMDJSON_PADDING);
      object = {state_.padded.data(), object.size()};
    }
    is_learnable_ = false;
    ondemand::document document;
    const simdjson::padded_string_view padded(object.data(), object.size(),
                                              object.size() + simdjson::SIMDJSON_PADDING);
    if (const auto error = state_.parser.iterate(padded).get(document))
      FailJson(error, "an action");
    ondemand::object root;
    if (const auto error = document.get_object().get(root)) FailJson(error, "an action");
    VisitMembers(root, "an action", [&](std::string_view name, ondemand::value value) {
      if (name == "add") {
        if (!IsNull(value, name)) ParseAdd(value);
      } else if (name == "remove") {
        if (!IsNull(value, name)) ParseRemove(value);
      } else if (name == "commitInfo") {
        if (!IsNull(value, name)) ParseCommitInfo(value);
      } else if (name == "protocol") {
        if (!IsNull(value, name)) ParseProtocol(value);
      } else if (name == "metaData") {
        if (!IsNull(value, name)) ParseMetadata(value);
      } else if (name == "txn") {
        if (!IsNull(value, name)) ParseTransaction(value);
      } else if (name == "domainMetadata") {
        if (!IsNull(value, name)) ParseDomain(value);
      } else if (name == "sidecar") {
        if (!IsNull(value, name)) ParseSidecar(value);
      } else if (name == "checkpointMetadata") {
        if (!IsNull(value, name)) ParseCheckpointMetadata(value);
      }
    });
    const char* rest;
    if (document.current_location().get(rest) == simdjson::SUCCESS) {
      Fail("there is text behind an action");
    }
    if (is_learnable_) state_.shapes.Learn(object);
  }

  void ParseAdd(ondemand::value action) {
    uint32_t seen = 0;
    std::string_view path, statistics, parsed_statistics;
    int64_t size = 0, modification_time = 0;
    int64_t base_row_id = AddedFiles::kNone, row_commit_version = AddedFiles::kNone;
    std::optional<DeletionVectorMembers> vector;
    VisitMembers(action, "add", [&](std::string_view name, ondemand::value value) {
      if (name == "path") {
        if (Once(seen, kPath, value, "add.path")) path = Text(value, "add.path");
      } else if (name == "partitionValues") {
        if (Once(seen, kPartitionValues, value, "add.partitionValues")) {
          ParsePartitionValues(value);
        }
      } else if (name == "size") {
        if (Once(seen, kSize, value, "add.size")) size = Integer(value, "add.size");
      } else if (name == "modificationTime") {
        if (Once(seen, kModificationTime, value, "add.modificationTime")) {
          modification_time = Integer(value, "add.modificationTime");
        }
      } else if (name == "dataChange") {
        if (Once(seen, kDataChange, value, "add.dataChange")) Boolean(value, "add.dataChange");
      } else if (name == "stats") {
        if (Once(seen, kStats, value, "add.stats")) statistics = Text(value, "add.stats");
      } else if (name == "stats_parsed") {
        parsed_statistics = RawObject(value, "add.stats_parsed");
      } else if (name == "deletionVector") {
        if (Once(seen, kDeletionVector, value, "add.deletionVector")) {
          vector = ParseDeletionVector(value, "add.deletionVector");
        }
      } else if (name == "baseRowId") {
        if (Once(seen, kBaseRowId, value, "add.baseRowId")) {
          base_row_id = NotNegative(value, "add.baseRowId");
        }
      } else if (name == "defaultRowCommitVersion") {
        if (Once(seen, kRowCommitVersion, value, "add.defaultRowCommitVersion")) {
          row_commit_version = NotNegative(value, "add.defaultRowCommitVersion");
        }
      }
    });
    Require(seen, kPath, "add.path");
    Require(seen, kPartitionValues, "add.partitionValues");
    Require(seen, kSize, "add.size");
    Require(seen, kModificationTime, "add.modificationTime");
    Require(seen, kDataChange, "add.dataChange");
    if (path.empty()) Fail("add.path is empty");
    if (size < 0) Fail("add.size is negative ({})", size);
    if (!state_.added.partition_values.EndRow()) Fail("add.partitionValues has a name twice");
    if (vector) AddDeletionVector(*vector);
    const size_t row = state_.added.num_rows();
    if (base_row_id >= 0) SetNumber(state_.added.base_row_ids, row, base_row_id);
    if (row_commit_version >= 0) {
      SetNumber(state_.added.row_commit_versions, row, row_commit_version);
    }
    state_.added.paths.Append(path);
    is_learnable_ = parsed_statistics.empty();
    if (statistics.empty()) statistics = parsed_statistics;
    is_learnable_ &= state_.statistics.Append(statistics) || statistics.empty();
    state_.added.sizes.push_back(size);
    state_.added.modification_times.push_back(modification_time);
  }

  void ParsePartitionValues(ondemand::value values) {
    VisitMembers(values, "add.partitionValues", [&](std::string_view name, ondemand::value value) {
      const uint32_t number = state_.added.partition_values.InternName(name);
      std::optional<std::string_view> text;
      if (!IsNull(value, "add.partitionValues")) {
        text = Text(value, "a value of add.partitionValues");
      }
      state_.added.partition_values.Append(number, text);
    });
  }

  void ParseRemove(ondemand::value action) {
    uint32_t seen = 0;
    std::string_view path;
    std::string deletion_vector_id;
    VisitMembers(action, "remove", [&](std::string_view name, ondemand::value value) {
      if (name == "path") {
        if (Once(seen, kPath, value, "remove.path")) path = Text(value, "remove.path");
      } else if (name == "dataChange") {
        if (Once(seen, kDataChange, value, "remove.dataChange")) {
          Boolean(value, "remove.dataChange");
        }
      } else if (name == "deletionVector") {
        if (Once(seen, kDeletionVector, value, "remove.deletionVector")) {
          const DeletionVectorMembers vector = ParseDeletionVector(value, "remove.deletionVector");
          deletion_vector_id = DeletionVectorId(*vector.storage_type, *vector.path_or_inline,
                                                vector.offset ? &*vector.offset : nullptr);
        }
      }
    });
    Require(seen, kPath, "remove.path");
    Require(seen, kDataChange, "remove.dataChange");
    if (path.empty()) Fail("remove.path is empty");
    actions_.removed.Append(path, deletion_vector_id);
    is_learnable_ = true;
  }

  struct DeletionVectorMembers {
    std::optional<std::string> storage_type, path_or_inline;
    std::optional<int64_t> offset, size_in_bytes, cardinality;
  };

  // What identifies the vector is there.
  DeletionVectorMembers ParseDeletionVector(ondemand::value value, std::string_view action) {
    DeletionVectorMembers vector;
    VisitMembers(value, action, [&](std::string_view name, ondemand::value member) {
      if (name == "storageType") {
        vector.storage_type = OptionalText(member, "deletionVector.storageType");
      } else if (name == "pathOrInlineDv") {
        vector.path_or_inline = OptionalText(member, "deletionVector.pathOrInlineDv");
      } else if (name == "offset") {
        vector.offset = OptionalInteger(member, "deletionVector.offset");
      } else if (name == "sizeInBytes") {
        vector.size_in_bytes = OptionalInteger(member, "deletionVector.sizeInBytes");
      } else if (name == "cardinality") {
        vector.cardinality = OptionalInteger(member, "deletionVector.cardinality");
      }
    });
    if (!vector.storage_type || !vector.path_or_inline || vector.storage_type->empty()) {
      Fail("{} lacks storageType or pathOrInlineDv", action);
    }
    return vector;
  }

  void AddDeletionVector(const DeletionVectorMembers& vector) {
    const auto descriptor =
        MakeDeletionVector(*vector.storage_type, *vector.path_or_inline, vector.offset,
                           vector.size_in_bytes, vector.cardinality);
    if (!descriptor) Fail("a member of add.deletionVector is missing or makes no sense");
    state_.added.deletion_vectors.Append(state_.added.num_rows(), *descriptor);
  }

  void ParseProtocol(ondemand::value action) {
    if (actions_.protocol) Fail("there is a second protocol action");
    std::optional<int64_t> reader, writer;
    Protocol protocol;
    VisitMembers(action, "protocol", [&](std::string_view name, ondemand::value value) {
      if (name == "minReaderVersion") {
        reader = OptionalInteger(value, "protocol.minReaderVersion");
      } else if (name == "minWriterVersion") {
        writer = OptionalInteger(value, "protocol.minWriterVersion");
      } else if (name == "readerFeatures") {
        protocol.reader_features = OptionalTexts(value, "protocol.readerFeatures");
      } else if (name == "writerFeatures") {
        protocol.writer_features = OptionalTexts(value, "protocol.writerFeatures");
      }
    });
    protocol.min_reader_version = ProtocolVersion(reader, "protocol.minReaderVersion");
    protocol.min_writer_version = ProtocolVersion(writer, "protocol.minWriterVersion");
    actions_.protocol = std::move(protocol);
  }

  int32_t ProtocolVersion(std::optional<int64_t> version, std::string_view member) const {
    if (!version) Fail("{} is missing", member);
    if (*version < 1 || *version > std::numeric_limits<int32_t>::max()) {
      Fail("{} is not a version ({})", member, *version);
    }
    return static_cast<int32_t>(*version);
  }

  void ParseMetadata(ondemand::value action) {
    if (actions_.metadata) Fail("there is a second metaData action");
    std::optional<std::string> id, schema, provider;
    std::optional<std::vector<std::string>> partition_columns;
    bool has_format = false;
    Metadata metadata;
    VisitMembers(action, "metaData", [&](std::string_view name, ondemand::value value) {
      if (name == "id") {
        id = OptionalText(value, "metaData.id");
      } else if (name == "name") {
        metadata.name = OptionalText(value, "metaData.name");
      } else if (name == "description") {
        metadata.description = OptionalText(value, "metaData.description");
      } else if (name == "format") {
        if (IsNull(value, "metaData.format")) return;
        has_format = true;
        VisitMembers(value, "metaData.format", [&](std::string_view key, ondemand::value member) {
          if (key == "provider") {
            provider = OptionalText(member, "metaData.format.provider");
          } else if (key == "options") {
            metadata.format_options = TextMap(member, "metaData.format.options");
          }
        });
      } else if (name == "schemaString") {
        schema = OptionalText(value, "metaData.schemaString");
      } else if (name == "partitionColumns") {
        partition_columns = OptionalTexts(value, "metaData.partitionColumns");
      } else if (name == "configuration") {
        metadata.configuration = TextMap(value, "metaData.configuration");
      } else if (name == "createdTime") {
        metadata.created_time = OptionalInteger(value, "metaData.createdTime");
      }
    });
    if (!id) Fail("metaData.id is missing");
    if (!has_format) Fail("metaData.format is missing");
    if (!provider) Fail("metaData.format.provider is missing");
    if (!partition_columns) Fail("metaData.partitionColumns is missing");
    metadata.id = *std::move(id);
    metadata.format_provider = *std::move(provider);
    metadata.schema_string = std::move(schema).value_or("");
    metadata.partition_columns = *std::move(partition_columns);
    actions_.metadata = std::move(metadata);
  }

  void ParseTransaction(ondemand::value action) {
    std::optional<std::string> app_id;
    std::optional<int64_t> version;
    SetTransaction transaction;
    VisitMembers(action, "txn", [&](std::string_view name, ondemand::value value) {
      if (name == "appId") {
        app_id = OptionalText(value, "txn.appId");
      } else if (name == "version") {
        version = OptionalInteger(value, "txn.version");
      } else if (name == "lastUpdated") {
        transaction.last_updated = OptionalInteger(value, "txn.lastUpdated");
      }
    });
    if (!app_id) Fail("txn.appId is missing");
    if (!version) Fail("txn.version is missing");
    transaction.app_id = *std::move(app_id);
    transaction.version = *version;
    actions_.transactions.push_back(std::move(transaction));
  }

  void ParseDomain(ondemand::value action) {
    std::optional<std::string> domain, configuration;
    std::optional<bool> removed;
    VisitMembers(action, "domainMetadata", [&](std::string_view name, ondemand::value value) {
      if (name == "domain") {
        domain = OptionalText(value, "domainMetadata.domain");
      } else if (name == "configuration") {
        configuration = OptionalText(value, "domainMetadata.configuration");
      } else if (name == "removed") {
        if (!IsNull(value, name)) removed = Boolean(value, "domainMetadata.removed");
      }
    });
    if (!domain) Fail("domainMetadata.domain is missing");
    if (!removed) Fail("domainMetadata.removed is missing");
    if (!configuration && !*removed) Fail("domainMetadata.configuration is missing");
    actions_.domains.push_back(
        {*std::move(domain), std::move(configuration).value_or(""), *removed});
  }

  void ParseSidecar(ondemand::value action) {
    std::optional<std::string> path;
    std::optional<int64_t> size;
    VisitMembers(action, "sidecar", [&](std::string_view name, ondemand::value value) {
      if (name == "path") {
        path = OptionalText(value, "sidecar.path");
      } else if (name == "sizeInBytes") {
        size = OptionalInteger(value, "sidecar.sizeInBytes");
      }
    });
    if (!path) Fail("sidecar.path is missing");
    if (!size) Fail("sidecar.sizeInBytes is missing");
    actions_.sidecars.push_back({*std::move(path), *size});
  }

  void ParseCheckpointMetadata(ondemand::value action) {
    if (actions_.checkpoint_version) Fail("there is a second checkpointMetadata action");
    VisitMembers(action, "checkpointMetadata", [&](std::string_view name, ondemand::value value) {
      if (name == "version") {
        actions_.checkpoint_version = OptionalInteger(value, "checkpointMetadata.version");
      }
    });
    if (!actions_.checkpoint_version) Fail("checkpointMetadata.version is missing");
  }

  void ParseCommitInfo(ondemand::value action) {
    if (actions_.commit_info) Fail("there is a second commitInfo action");
    ondemand::object object;
    if (const auto error = action.get_object().get(object)) FailJson(error, "commitInfo");
    CommitInfo info;
    VisitMembers(object, "commitInfo", [&](std::string_view name, ondemand::value value) {
      int64_t number;
      if (name == "timestamp") {
        if (value.get_int64().get(number) == simdjson::SUCCESS) info.timestamp = number;
      } else if (name == "inCommitTimestamp") {
        if (value.get_int64().get(number) == simdjson::SUCCESS) info.in_commit_timestamp = number;
      }
    });
    std::string_view json;
    if (const auto error = object.reset().error()) FailJson(error, "commitInfo");
    if (const auto error = object.raw_json().get(json)) FailJson(error, "commitInfo");
    info.json.assign(json.substr(0, json.find_last_of('}') + 1));
    actions_.commit_info = std::move(info);
  }

  // Values. Each reads one and fails with the name under which the protocol knows it.

  template <typename Visit>
  void VisitMembers(ondemand::value value, std::string_view what, const Visit& visit) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) FailJson(error, what, "an object");
    VisitMembers(object, what, visit);
  }

  template <typename Visit>
  void VisitMembers(ondemand::object& object, std::string_view what, const Visit& visit) {
    for (auto member : object) {
      std::string_view name;
      ondemand::value value;
      if (const auto error = member.unescaped_key().get(name)) FailJson(error, what);
      if (const auto error = member.value().get(value)) FailJson(error, what);
      visit(name, value);
    }
  }

  std::string_view Text(ondemand::value value, std::string_view what) const {
    std::string_view text;
    if (const auto error = value.get_string().get(text)) FailJson(error, what, "a text");
    return text;
  }

  // The JSON of an object; empty for null.
  std::string_view RawObject(ondemand::value value, std::string_view what) const {
    if (IsNull(value, what)) return {};
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) FailJson(error, what);
    std::string_view json;
    if (const auto error = object.raw_json().get(json)) FailJson(error, what);
    return json.substr(0, json.find_last_of('}') + 1);
  }

  int64_t Integer(ondemand::value value, std::string_view what) const {
    int64_t number;
    if (value.get_int64().get(number)) {
      const std::string_view token = value.raw_json_token();
      Fail("{} is not a 64-bit integer ({})", what,
           token.substr(0, std::min(token.find_last_not_of(kBlanks) + 1, size_t{40})));
    }
    return number;
  }

  int64_t NotNegative(ondemand::value value, std::string_view what) const {
    const int64_t number = Integer(value, what);
    if (number < 0) Fail("{} is negative ({})", what, number);
    return number;
  }

  bool Boolean(ondemand::value value, std::string_view what) const {
    bool truth;
    if (const auto error = value.get_bool().get(truth)) FailJson(error, what, "true or false");
    return truth;
  }

  bool IsNull(ondemand::value value, std::string_view what) const {
    bool is_null;
    if (const auto error = value.is_null().get(is_null)) FailJson(error, what);
    return is_null;
  }

  std::optional<std::string> OptionalText(ondemand::value value, std::string_view what) const {
    if (IsNull(value, what)) return std::nullopt;
    return std::string(Text(value, what));
  }

  std::optional<int64_t> OptionalInteger(ondemand::value value, std::string_view what) const {
    if (IsNull(value, what)) return std::nullopt;
    return Integer(value, what);
  }

  std::optional<std::vector<std::string>> OptionalTexts(ondemand::value value,
                                                        std::string_view what) const {
    if (IsNull(value, what)) return std::nullopt;
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) FailJson(error, what, "a list");
    std::vector<std::string> texts;
    for (auto item : array) {
      ondemand::value element;
      if (const auto error = item.get(element)) FailJson(error, what);
      texts.emplace_back(Text(element, what));
    }
    return texts;
  }

  // Null reads as empty; an entry whose value is null, as absent.
  std::map<std::string, std::string> TextMap(ondemand::value value, std::string_view what) {
    std::map<std::string, std::string> map;
    if (IsNull(value, what)) return map;
    VisitMembers(value, what, [&](std::string_view name, ondemand::value member) {
      std::string key(name);
      if (IsNull(member, what)) return;
      if (!map.emplace(std::move(key), Text(member, what)).second) Fail("{} has a key twice", what);
    });
    return map;
  }

  // Whether a member is there: not null, and for the first time.
  bool Once(uint32_t& seen, AddMember member, ondemand::value value, std::string_view what) const {
    if (IsNull(value, what)) return false;
    if ((seen & member) != 0) Fail("{} occurs twice", what);
    seen |= member;
    return true;
  }

  void Require(uint32_t seen, AddMember member, std::string_view what) const {
    if ((seen & member) == 0) Fail("{} is missing", what);
  }

  [[noreturn]] void FailJson(simdjson::error_code error, std::string_view what,
                             std::string_view wanted = "an object") const {
    if (error == simdjson::INCORRECT_TYPE) Fail("{} is not {}", what, wanted);
    Fail("the JSON of {} is malformed ({})", what, simdjson::error_message(error));
  }

  ActionParser::State& state_;
  const std::string_view json_;
  const CommitOrigin& origin_;
  int64_t line_;                  // Where the object under the parser begins.
  size_t object_begin_ = 0;       // The same in bytes.
  int64_t line_ends_within_ = 0;  // The object under the parser.
  CommitActions actions_;
  bool is_learnable_ = false;  // Whether the object under the parser is a plain file action.
};

}  // namespace

ActionParser::ActionParser() : state_(std::make_unique<State>()) {}

ActionParser::~ActionParser() = default;

CommitActions ActionParser::Parse(std::string_view json, const CommitOrigin& origin) {
  return CommitParser(*state_, json, origin).Parse();
}

size_t ActionParser::num_files() const { return state_->added.num_rows(); }

void ActionParser::Finish() {
  *state_->files = state_->added.Finish();
  state_->files = std::make_shared<AddedFiles>();
}

CommitActions ParseCommitActions(std::string_view json, const CommitOrigin& origin) {
  ActionParser parser;
  CommitActions actions = parser.Parse(json, origin);
  parser.Finish();
  return actions;
}

}  // namespace deltaic::delta
