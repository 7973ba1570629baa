#pragma once

// The JSON of the actions of files as values (PROTOCOL.md, "Add File and Remove File", "Add CDC
// File"). They throw as `ActionLines::Fail` does, naming a member that is missing, mistyped or
// there twice. Members without a meaning are kept. Pure functions.

#include "delta/actions/action_members.h"
#include "delta/actions/file_actions.h"

namespace deltaic::delta {

AddFile ReadAddFile(const ActionMembers& members, ActionMembers::Value action);
RemoveFile ReadRemoveFile(const ActionMembers& members, ActionMembers::Value action);
AddCdcFile ReadCdcFile(const ActionMembers& members, ActionMembers::Value action);

}  // namespace deltaic::delta
