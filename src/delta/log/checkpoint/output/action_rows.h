#pragma once

// Actions as rows of a checkpoint (PROTOCOL.md, "Checkpoint Schema"): batches of one column, the
// kind of action, without nulls. Pure functions.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <deltaic/columnar/record_batch.h>
#include <deltaic/delta/protocol/state_actions.h>

#include "delta/actions/action.h"
#include "delta/log/checkpoint/output/checkpoint_form.h"

namespace deltaic::delta {

/// The columns are those of the form, as far as an action has a value of theirs. What a checkpoint
/// does not tell of an action, such as statistics of a removed file, is left out, and no action
/// changes data.
RecordBatch AddRows(const std::vector<AddFile>& actions, const CheckpointForm& form);
RecordBatch RemoveRows(const std::vector<RemoveFile>& actions, const CheckpointForm& form);
RecordBatch ProtocolRow(const Protocol& protocol, const CheckpointForm& form);
RecordBatch MetadataRow(const Metadata& metadata, const CheckpointForm& form);
RecordBatch TransactionRows(const std::vector<const SetTransaction*>& actions,
                            const CheckpointForm& form);
RecordBatch DomainRows(const std::vector<const DomainMetadata*>& actions,
                       const CheckpointForm& form);
RecordBatch CheckpointMetadataRow(int64_t version);
RecordBatch SidecarRows(const std::vector<Sidecar>& actions);

}  // namespace deltaic::delta
