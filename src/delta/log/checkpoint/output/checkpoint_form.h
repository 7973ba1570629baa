#pragma once

// What a checkpoint has of its actions (PROTOCOL.md, "Checkpoint Schema"): the forms of statistics
// and partition values that the table's properties ask for, and the columns of each kind of action.
// A value of one thread at a time.

#include <string>
#include <string_view>
#include <vector>

#include <deltaic/columnar/schema.h>
#include <deltaic/delta/protocol/data_type.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/action.h"
#include "delta/log/checkpoint/output/member_types.h"

namespace deltaic::delta {

/// The forms that a table's checkpoints have. Names are those of the log.
struct StatisticsForms {
  bool has_texts = true;                       ///< `stats`
  bool has_types = true;                       ///< `stats_parsed`, `partitionValues_parsed`
  std::vector<StructField> columns;            ///< Those with statistics.
  std::vector<StructField> partition_columns;  ///< Empty where the table has none.

  /// What the properties say. Throws as `ParseSchemaJson` and `MapColumns` do.
  static StatisticsForms Of(const Protocol& protocol, const Metadata& metadata);
};

/// The columns of a checkpoint.
struct CheckpointForm {
  explicit CheckpointForm(StatisticsForms forms) : statistics(std::move(forms)) {}

  /// Takes over what an action has beyond the protocol's members: whether that changed the columns.
  /// Throws `kUnsupportedFeature` as `MemberTypes` does.
  bool Learn(const AddFile& action);
  bool Learn(const RemoveFile& action);
  void Learn(const Protocol& action);
  void Learn(const Metadata& action);
  void Learn(const SetTransaction& action);
  void Learn(const DomainMetadata& action);

  /// The same for the column of file actions of another checkpoint: "add" or "remove".
  void LearnColumn(std::string_view action, const std::vector<StructField>& fields);

  /// The columns `add` and `remove`.
  std::vector<StructField> FileColumns() const;
  /// All other ones, those of a V2 checkpoint with sidecars among them if it is one.
  std::vector<StructField> StateColumns(bool is_v2) const;

  StatisticsForms statistics;
  MemberTypes add{"add"}, add_vector{"add.deletionVector"};
  MemberTypes remove{"remove"}, remove_vector{"remove.deletionVector"};
  MemberTypes protocol{"protocol"}, metadata{"metaData"}, format{"metaData.format"};
  MemberTypes transaction{"txn"}, domain{"domainMetadata"};
};

/// The fields of the struct `deletionVector`.
std::vector<StructField> DeletionVectorFields(const MemberTypes& unknown);

/// The fields of the struct `metaData.format`.
std::vector<StructField> FormatFields(const MemberTypes& unknown);

}  // namespace deltaic::delta
