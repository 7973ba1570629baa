#pragma once

// The JSON of the actions that do not concern files (PROTOCOL.md, "Actions"). They throw as
// `ActionLines::Fail` does, naming a member that is missing or mistyped. Members without a meaning
// are kept. Pure functions.

#include "delta/actions/action.h"
#include "delta/actions/action_members.h"

namespace deltaic::delta {

Protocol ReadProtocol(const ActionMembers& members, ActionMembers::Value action);

/// Without a schema `schema_string` is empty: the action may be superseded.
Metadata ReadMetadata(const ActionMembers& members, ActionMembers::Value action);

SetTransaction ReadTransaction(const ActionMembers& members, ActionMembers::Value action);
DomainMetadata ReadDomain(const ActionMembers& members, ActionMembers::Value action);
CommitInfo ReadCommitInfo(const ActionMembers& members, ActionMembers::Value action);
Sidecar ReadSidecar(const ActionMembers& members, ActionMembers::Value action);
CheckpointMetadata ReadCheckpointMetadata(const ActionMembers& members,
                                          ActionMembers::Value action);

/// Tags: texts by name, some of them null. Whatever else is there is kept as an unknown member.
void ReadTags(const ActionMembers& members, ActionMembers::Value value,
              std::optional<NullableTexts>& tags, UnknownMembers& unknown);

}  // namespace deltaic::delta
