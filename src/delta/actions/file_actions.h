#pragma once

// The actions that add and remove files (PROTOCOL.md, "Add File and Remove File", "Add CDC File")
// as values: what a transaction reads, makes and writes. The files of a snapshot are columns
// instead (file_columns.h). Plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <deltaic/delta/protocol/deletion_vector_descriptor.h>
#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// Texts by name; nothing means null.
using NullableTexts = std::map<std::string, std::optional<std::string>>;

/// "Deletion Vector Descriptor Schema", with its text.
struct DeletionVector {
  char storage_type = 'u';
  std::string path_or_inline = {};
  std::optional<int32_t> offset = {};  ///< Bytes.
  int32_t size_in_bytes = 0;
  int64_t cardinality = 0;  ///< Rows.
  UnknownMembers unknown_members = {};

  /// The same as a view, valid as long as this value.
  DeletionVectorDescriptor descriptor() const {
    return {storage_type, path_or_inline, offset, size_in_bytes, cardinality};
  }

  bool operator==(const DeletionVector&) const = default;
};

struct AddFile {
  std::string path;                ///< As the log spells it.
  NullableTexts partition_values;  ///< By physical name.
  int64_t size = 0;                ///< Bytes.
  int64_t modification_time = 0;   ///< Milliseconds since the Unix epoch.
  bool data_change = true;
  std::optional<std::string> stats = {};  ///< JSON text, "Per-file Statistics".
  std::optional<NullableTexts> tags = {};
  std::optional<DeletionVector> deletion_vector = {};
  std::optional<int64_t> base_row_id = {};
  std::optional<int64_t> default_row_commit_version = {};
  std::optional<std::string> clustering_provider = {};
  UnknownMembers unknown_members = {};

  bool operator==(const AddFile&) const = default;
};

struct RemoveFile {
  std::string path;                                ///< As the log spells it.
  std::optional<int64_t> deletion_timestamp = {};  ///< Milliseconds since the Unix epoch.
  bool data_change = true;
  std::optional<bool> extended_file_metadata =
      {};  ///< Whether partition values and size are there.
  std::optional<NullableTexts> partition_values = {};
  std::optional<int64_t> size = {};  ///< Bytes.
  std::optional<std::string> stats = {};
  std::optional<NullableTexts> tags = {};
  std::optional<DeletionVector> deletion_vector = {};
  std::optional<int64_t> base_row_id = {};
  std::optional<int64_t> default_row_commit_version = {};
  UnknownMembers unknown_members = {};

  bool operator==(const RemoveFile&) const = default;
};

/// A file of changed rows.
struct AddCdcFile {
  std::string path;  ///< As the log spells it.
  NullableTexts partition_values;
  int64_t size = 0;          ///< Bytes.
  bool data_change = false;  ///< False by the protocol.
  std::optional<NullableTexts> tags = {};
  UnknownMembers unknown_members = {};

  bool operator==(const AddCdcFile&) const = default;
};

/// What identifies the deletion vector of a file action; "" where it has none.
std::string DeletionVectorIdOf(const std::optional<DeletionVector>& vector);

}  // namespace deltaic::delta
