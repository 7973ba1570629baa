#pragma once

// The actions of a commit that a table's state is made of (PROTOCOL.md, "Actions"). Plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace deltaic::delta {

/// Members of an action that Deltaic gives no meaning, in the order of the log: name and JSON text.
/// Whoever writes the action again writes them too.
using UnknownMembers = std::vector<std::pair<std::string, std::string>>;

/// "Protocol Evolution": what a client must understand to read or write the table.
struct Protocol {
  int32_t min_reader_version = 1;
  int32_t min_writer_version = 2;
  std::optional<std::vector<std::string>> reader_features = {};  ///< Only with reader version 3.
  std::optional<std::vector<std::string>> writer_features = {};  ///< Only with writer version 7.
  UnknownMembers unknown_members = {};

  bool operator==(const Protocol&) const = default;
};

/// "Change Metadata": the table's identity, schema, partitioning and properties.
struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider = "parquet";
  std::map<std::string, std::string> format_options;
  UnknownMembers unknown_format_members = {};
  std::string schema_string;  ///< JSON text, "Schema Serialization Format".
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;  ///< Table properties.
  std::optional<int64_t> created_time;               ///< Milliseconds since the Unix epoch.
  UnknownMembers unknown_members = {};

  bool operator==(const Metadata&) const = default;
};

/// "Transaction Identifiers": an application's progress.
struct SetTransaction {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated;  ///< Milliseconds since the Unix epoch.
  UnknownMembers unknown_members = {};

  bool operator==(const SetTransaction&) const = default;
};

/// "Domain Metadata": named configuration of a feature or a user.
struct DomainMetadata {
  std::string domain;
  std::string configuration;
  bool removed = false;
  UnknownMembers unknown_members = {};

  bool operator==(const DomainMetadata&) const = default;
};

}  // namespace deltaic::delta
