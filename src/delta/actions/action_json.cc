#include "delta/actions/action_json.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include <deltaic/base/error.h>

#include "delta/actions/action_members.h"
#include "delta/actions/file_action_shapes.h"
#include "delta/actions/object_parser.h"
#include "delta/actions/state_action_json.h"
#include "delta/protocol/deletion_vector.h"
#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

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
  ObjectParser parser;
  AddedFilesBuilder added;
  StatisticsTextParser statistics{added.statistics};
  FileActionShapes shapes{added};
  std::shared_ptr<AddedFiles> files = std::make_shared<AddedFiles>();  // Of `added`, when finished.
};

namespace {

class CommitParser {
 public:
  CommitParser(ActionParser::State& state, std::string_view json, const CommitOrigin& origin)
      : state_(state), lines_(json, origin), members_(lines_) {}

  CommitActions Parse() {
    actions_.files = state_.files;
    actions_.added_begin = static_cast<uint32_t>(state_.added.num_rows());
    for (; lines_.Next(); ++actions_.num_objects) {
      const std::string_view rest = lines_.rest();
      if (const size_t size = state_.shapes.Take(rest, actions_.removed)) {
        lines_.Pass(size);
      } else {
        ParseObject(lines_.Take(), rest);
      }
    }
    state_.shapes.Flush();
    actions_.added_end = static_cast<uint32_t>(state_.added.num_rows());
    return std::move(actions_);
  }

 private:
  template <typename... Args>
  [[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) const {
    lines_.Fail(format, std::forward<Args>(args)...);
  }

  void ParseObject(std::string_view object, std::string_view rest) {
    is_learnable_ = false;
    ondemand::document document;
    if (const auto error = state_.parser.Parse(object, rest, document)) {
      members_.FailJson(error, "an action");
    }
    ondemand::object root;
    if (const auto error = document.get_object().get(root)) members_.FailJson(error, "an action");
    members_.Each(root, "an action", [&](std::string_view name, ondemand::value value) {
      if (IsKnown(name) && !members_.IsNull(value, name)) ParseAction(name, value);
    });
    const char* text_after;
    if (document.current_location().get(text_after) == simdjson::SUCCESS) {
      Fail("there is text after an action");
    }
    if (is_learnable_) state_.shapes.Learn(object);
  }

  static bool IsKnown(std::string_view name) {
    constexpr std::string_view kNames[] = {
        "add", "remove",         "commitInfo", "protocol",          "metaData",
        "txn", "domainMetadata", "sidecar",    "checkpointMetadata"};
    return std::ranges::find(kNames, name) != std::end(kNames);
  }

  void ParseAction(std::string_view name, ondemand::value action) {
    if (name == "add") {
      ParseAdd(action);
    } else if (name == "remove") {
      ParseRemove(action);
    } else if (name == "commitInfo") {
      SetOnce(actions_.commit_info, name, ReadCommitInfo, action);
    } else if (name == "protocol") {
      SetOnce(actions_.protocol, name, ReadProtocol, action);
    } else if (name == "metaData") {
      SetOnce(actions_.metadata, name, ReadMetadata, action);
    } else if (name == "txn") {
      actions_.transactions.push_back(ReadTransaction(members_, action));
    } else if (name == "domainMetadata") {
      actions_.domains.push_back(ReadDomain(members_, action));
    } else if (name == "sidecar") {
      actions_.sidecars.push_back(ReadSidecar(members_, action));
    } else if (name == "checkpointMetadata") {
      SetOnce(actions_.checkpoint_metadata, name, ReadCheckpointMetadata, action);
    }
  }

  // Actions of which a commit has one.
  template <typename T>
  void SetOnce(std::optional<T>& out, std::string_view name,
               T (*read)(const ActionMembers&, ondemand::value), ondemand::value action) {
    if (out) Fail("there is a second {} action", name);
    out = read(members_, action);
  }

  void ParseAdd(ondemand::value action) {
    uint32_t seen = 0;
    std::string_view path, statistics, parsed_statistics;
    int64_t size = 0, modification_time = 0;
    int64_t base_row_id = AddedFiles::kNone, row_commit_version = AddedFiles::kNone;
    std::optional<DeletionVectorMembers> vector;
    members_.Each(action, "add", [&](std::string_view name, ondemand::value value) {
      if (name == "path") {
        if (Once(seen, kPath, value, "add.path")) path = members_.Text(value, "add.path");
      } else if (name == "partitionValues") {
        if (Once(seen, kPartitionValues, value, "add.partitionValues")) {
          ParsePartitionValues(value);
        }
      } else if (name == "size") {
        if (Once(seen, kSize, value, "add.size")) size = members_.Integer(value, "add.size");
      } else if (name == "modificationTime") {
        if (Once(seen, kModificationTime, value, "add.modificationTime")) {
          modification_time = members_.Integer(value, "add.modificationTime");
        }
      } else if (name == "dataChange") {
        if (Once(seen, kDataChange, value, "add.dataChange"))
          members_.Boolean(value, "add.dataChange");
      } else if (name == "stats") {
        if (Once(seen, kStats, value, "add.stats")) statistics = members_.Text(value, "add.stats");
      } else if (name == "stats_parsed") {
        parsed_statistics = members_.RawObject(value, "add.stats_parsed");
      } else if (name == "deletionVector") {
        if (Once(seen, kDeletionVector, value, "add.deletionVector")) {
          vector = ParseDeletionVector(value, "add.deletionVector");
        }
      } else if (name == "baseRowId") {
        if (Once(seen, kBaseRowId, value, "add.baseRowId")) {
          base_row_id = members_.NotNegative(value, "add.baseRowId");
        }
      } else if (name == "defaultRowCommitVersion") {
        if (Once(seen, kRowCommitVersion, value, "add.defaultRowCommitVersion")) {
          row_commit_version = members_.NotNegative(value, "add.defaultRowCommitVersion");
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
    members_.Each(values, "add.partitionValues", [&](std::string_view name, ondemand::value value) {
      const uint32_t number = state_.added.partition_values.InternName(name);
      std::optional<std::string_view> text;
      if (!members_.IsNull(value, "add.partitionValues")) {
        text = members_.Text(value, "a value of add.partitionValues");
      }
      state_.added.partition_values.Append(number, text);
    });
  }

  void ParseRemove(ondemand::value action) {
    uint32_t seen = 0;
    std::string_view path;
    std::string deletion_vector_id;
    members_.Each(action, "remove", [&](std::string_view name, ondemand::value value) {
      if (name == "path") {
        if (Once(seen, kPath, value, "remove.path")) path = members_.Text(value, "remove.path");
      } else if (name == "dataChange") {
        if (Once(seen, kDataChange, value, "remove.dataChange")) {
          members_.Boolean(value, "remove.dataChange");
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
    members_.Each(value, action, [&](std::string_view name, ondemand::value member) {
      if (name == "storageType") {
        vector.storage_type = members_.OptionalText(member, "deletionVector.storageType");
      } else if (name == "pathOrInlineDv") {
        vector.path_or_inline = members_.OptionalText(member, "deletionVector.pathOrInlineDv");
      } else if (name == "offset") {
        vector.offset = members_.OptionalInteger(member, "deletionVector.offset");
      } else if (name == "sizeInBytes") {
        vector.size_in_bytes = members_.OptionalInteger(member, "deletionVector.sizeInBytes");
      } else if (name == "cardinality") {
        vector.cardinality = members_.OptionalInteger(member, "deletionVector.cardinality");
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

  // Whether a member is there: not null, and for the first time.
  bool Once(uint32_t& seen, AddMember member, ondemand::value value, std::string_view what) const {
    if (members_.IsNull(value, what)) return false;
    if ((seen & member) != 0) Fail("{} occurs twice", what);
    seen |= member;
    return true;
  }

  void Require(uint32_t seen, AddMember member, std::string_view what) const {
    if ((seen & member) == 0) Fail("{} is missing", what);
  }

  ActionParser::State& state_;
  ActionLines lines_;
  const ActionMembers members_;
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
