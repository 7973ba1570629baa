#include "delta/actions/action_text.h"

#include <string>
#include <utility>

#include "delta/actions/action_members.h"
#include "delta/actions/file_action_json.h"
#include "delta/actions/object_parser.h"
#include "delta/actions/state_action_json.h"

namespace deltaic::delta {
namespace {

Action ReadAction(const ActionMembers& members, std::string_view name, ActionMembers::Value value) {
  if (name == "add") return ReadAddFile(members, value);
  if (name == "remove") return ReadRemoveFile(members, value);
  if (name == "cdc") return ReadCdcFile(members, value);
  if (name == "metaData") return ReadMetadata(members, value);
  if (name == "protocol") return ReadProtocol(members, value);
  if (name == "txn") return ReadTransaction(members, value);
  if (name == "domainMetadata") return ReadDomain(members, value);
  if (name == "commitInfo") {
    CommitInfo info = ReadCommitInfo(members, value);
    info.json = members.Checked(info.json, "commitInfo");
    return info;
  }
  if (name == "sidecar") return ReadSidecar(members, value);
  if (name == "checkpointMetadata") return ReadCheckpointMetadata(members, value);
  std::string key(name);
  std::string json = members.Json(value, key);
  return UnknownAction{std::move(key), std::move(json)};
}

}  // namespace

std::vector<Action> ReadActions(std::string_view json, const CommitOrigin& origin) {
  std::vector<Action> actions;
  ObjectParser parser;
  ActionLines lines(json, origin);
  const ActionMembers members(lines);
  while (lines.Next()) {
    const std::string_view rest = lines.rest();
    simdjson::ondemand::document document;
    if (const auto error = parser.Parse(lines.Take(), rest, document)) {
      members.FailJson(error, "an action");
    }
    ActionMembers::Object object;
    if (const auto error = document.get_object().get(object)) {
      members.FailJson(error, "an action");
    }
    members.Each(object, "an action", [&](std::string_view name, ActionMembers::Value value) {
      if (!members.IsNull(value, name)) actions.push_back(ReadAction(members, name, value));
    });
    const char* text_after;
    if (document.current_location().get(text_after) == simdjson::SUCCESS) {
      lines.Fail("there is text after an action");
    }
  }
  return actions;
}

}  // namespace deltaic::delta
