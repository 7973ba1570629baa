#include "delta/actions/file_action_json.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "delta/actions/state_action_json.h"
#include "delta/protocol/deletion_vector.h"

namespace deltaic::delta {
namespace {

using Value = ActionMembers::Value;

// The members of one action of a file. The optional ones that Deltaic only hands on may be of any
// type: then they count as unknown.
class FileMembers {
 public:
  FileMembers(const ActionMembers& members, std::string_view action, UnknownMembers& unknown)
      : members_(members), action_(action), unknown_(unknown) {}

  // Calls `read` with each member that is not null.
  template <typename Read>
  void Each(Value action, const Read& read) {
    members_.Each(action, action_, [&](std::string_view name, Value value) {
      if (members_.IsNull(value, name)) return;
      if (std::ranges::find(seen_, name) != seen_.end()) {
        members_.Fail("{}.{} occurs twice", action_, name);
      }
      seen_.emplace_back(name);
      if (!read(name, value)) members_.Keep(name, value, unknown_);
    });
  }

  void Require(std::string_view name) const {
    if (std::ranges::find(seen_, name) == seen_.end()) {
      members_.Fail("{}.{} is missing", action_, name);
    }
  }

  std::string Path(Value value) const {
    std::string path(members_.Text(value, What("path")));
    if (path.empty()) members_.Fail("{}.path is empty", action_);
    return path;
  }

  std::string Text(std::string_view name, Value value) const {
    return std::string(members_.Text(value, What(name)));
  }

  int64_t Integer(std::string_view name, Value value) const {
    return members_.Integer(value, What(name));
  }

  int64_t NotNegative(std::string_view name, Value value) const {
    return members_.NotNegative(value, What(name));
  }

  bool Boolean(std::string_view name, Value value) const {
    return members_.Boolean(value, What(name));
  }

  NullableTexts Texts(std::string_view name, Value value) const {
    return members_.NullableTextMap(value, What(name));
  }

  void Tags(Value value, std::optional<NullableTexts>& tags) {
    ReadTags(members_, value, tags, unknown_);
  }

  DeletionVector Vector(Value value) const;

 private:
  std::string What(std::string_view name) const { return fmt::format("{}.{}", action_, name); }

  const ActionMembers& members_;
  const std::string_view action_;
  UnknownMembers& unknown_;
  std::vector<std::string> seen_;
};

DeletionVector FileMembers::Vector(Value value) const {
  DeletionVector vector;
  std::optional<std::string> storage_type;
  std::optional<int64_t> offset, size_in_bytes, cardinality;
  members_.Each(value, What("deletionVector"), [&](std::string_view name, Value member) {
    if (name == "storageType") {
      storage_type = members_.OptionalText(member, "deletionVector.storageType");
    } else if (name == "pathOrInlineDv") {
      vector.path_or_inline =
          members_.OptionalText(member, "deletionVector.pathOrInlineDv").value_or("");
    } else if (name == "offset") {
      offset = members_.OptionalInteger(member, "deletionVector.offset");
    } else if (name == "sizeInBytes") {
      size_in_bytes = members_.OptionalInteger(member, "deletionVector.sizeInBytes");
    } else if (name == "cardinality") {
      cardinality = members_.OptionalInteger(member, "deletionVector.cardinality");
    } else {
      members_.Keep(name, member, vector.unknown_members);
    }
  });
  const auto descriptor = MakeDeletionVector(storage_type.value_or(""), vector.path_or_inline,
                                             offset, size_in_bytes, cardinality);
  if (!descriptor) {
    members_.Fail("a member of {}.deletionVector is missing or makes no sense", action_);
  }
  vector.storage_type = descriptor->storage_type;
  vector.offset = descriptor->offset;
  vector.size_in_bytes = descriptor->size_in_bytes;
  vector.cardinality = descriptor->cardinality;
  return vector;
}

bool IsText(Value value) {
  simdjson::ondemand::json_type type;
  return !value.type().get(type) && type == simdjson::ondemand::json_type::string;
}

}  // namespace

AddFile ReadAddFile(const ActionMembers& members, Value action) {
  AddFile add;
  FileMembers file(members, "add", add.unknown_members);
  file.Each(action, [&](std::string_view name, Value value) {
    if (name == "path") {
      add.path = file.Path(value);
    } else if (name == "partitionValues") {
      add.partition_values = file.Texts(name, value);
    } else if (name == "size") {
      add.size = file.NotNegative(name, value);
    } else if (name == "modificationTime") {
      add.modification_time = file.Integer(name, value);
    } else if (name == "dataChange") {
      add.data_change = file.Boolean(name, value);
    } else if (name == "stats") {
      add.stats = file.Text(name, value);
    } else if (name == "tags") {
      file.Tags(value, add.tags);
    } else if (name == "deletionVector") {
      add.deletion_vector = file.Vector(value);
    } else if (name == "baseRowId") {
      add.base_row_id = file.NotNegative(name, value);
    } else if (name == "defaultRowCommitVersion") {
      add.default_row_commit_version = file.NotNegative(name, value);
    } else if (name == "clusteringProvider" && IsText(value)) {
      add.clustering_provider = file.Text(name, value);
    } else {
      return false;
    }
    return true;
  });
  for (const char* name : {"path", "partitionValues", "size", "modificationTime", "dataChange"}) {
    file.Require(name);
  }
  return add;
}

RemoveFile ReadRemoveFile(const ActionMembers& members, Value action) {
  RemoveFile remove;
  FileMembers file(members, "remove", remove.unknown_members);
  file.Each(action, [&](std::string_view name, Value value) {
    if (name == "path") {
      remove.path = file.Path(value);
    } else if (name == "deletionTimestamp") {
      remove.deletion_timestamp = file.Integer(name, value);
    } else if (name == "dataChange") {
      remove.data_change = file.Boolean(name, value);
    } else if (name == "extendedFileMetadata") {
      remove.extended_file_metadata = file.Boolean(name, value);
    } else if (name == "partitionValues") {
      remove.partition_values = file.Texts(name, value);
    } else if (name == "size") {
      remove.size = file.NotNegative(name, value);
    } else if (name == "stats") {
      remove.stats = file.Text(name, value);
    } else if (name == "tags") {
      file.Tags(value, remove.tags);
    } else if (name == "deletionVector") {
      remove.deletion_vector = file.Vector(value);
    } else if (name == "baseRowId") {
      remove.base_row_id = file.NotNegative(name, value);
    } else if (name == "defaultRowCommitVersion") {
      remove.default_row_commit_version = file.NotNegative(name, value);
    } else {
      return false;
    }
    return true;
  });
  for (const char* name : {"path", "dataChange"}) file.Require(name);
  return remove;
}

AddCdcFile ReadCdcFile(const ActionMembers& members, Value action) {
  AddCdcFile cdc;
  FileMembers file(members, "cdc", cdc.unknown_members);
  file.Each(action, [&](std::string_view name, Value value) {
    if (name == "path") {
      cdc.path = file.Path(value);
    } else if (name == "partitionValues") {
      cdc.partition_values = file.Texts(name, value);
    } else if (name == "size") {
      cdc.size = file.NotNegative(name, value);
    } else if (name == "dataChange") {
      cdc.data_change = file.Boolean(name, value);
    } else if (name == "tags") {
      file.Tags(value, cdc.tags);
    } else {
      return false;
    }
    return true;
  });
  for (const char* name : {"path", "partitionValues", "size", "dataChange"}) file.Require(name);
  return cdc;
}

}  // namespace deltaic::delta
