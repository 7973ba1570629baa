#pragma once

// The members of actions that have no meaning here, as columns of a checkpoint: each in the one
// type that holds all its values. Pure functions, and a value of one thread at a time.

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "columnar/batch_builder.h"

namespace deltaic::delta {

/// The type that holds the values of both; nothing where there is none. Void holds nulls.
std::optional<DataType> MergeTypes(const DataType& a, const DataType& b);

/// The unknown members of actions of one kind, by name.
class MemberTypes {
 public:
  /// `action` is how messages call the actions: "add".
  explicit MemberTypes(std::string action) : action_(std::move(action)) {}

  /// Takes a column that an older checkpoint has. Throws `kUnsupportedFeature` naming the member
  /// where it has a type that other values of it do not go with.
  void Learn(const StructField& field);

  /// Takes the members of an action: whether that changed a type. Throws as above.
  bool Learn(const UnknownMembers& members);

  /// Columns for the members that have values.
  std::vector<StructField> fields() const;

  /// Adds these columns to `batch`, with a row for the members of each action.
  void AddColumns(const std::vector<const UnknownMembers*>& rows, BatchBuilder& batch) const;

  /// Appends the members of one action to arrays of these columns.
  void AppendRow(const UnknownMembers& members, ArrowArray* const* columns) const;

 private:
  bool Learn(const std::string& name, const DataType& type);

  std::string action_;
  std::vector<StructField> types_;  // In the order in which they turned up.
  std::unordered_map<std::string, size_t> places_;
};

}  // namespace deltaic::delta
