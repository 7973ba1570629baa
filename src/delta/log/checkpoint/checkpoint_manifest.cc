#include "delta/log/checkpoint/checkpoint_manifest.h"

#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "delta/log/commit_reader.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {
namespace {

[[noreturn]] void Fail(const Checkpoint& checkpoint, std::string_view what) {
  throw Error(ErrorCode::kCorruptLog,
              fmt::format("The checkpoint is corrupt: {}: {}", what, checkpoint.id()));
}

bool HasOwnName(const Checkpoint& checkpoint) {
  const std::string& location = checkpoint.id();
  const std::optional<LogFileName> name =
      ParseLogFileName(std::string_view(location).substr(location.rfind('/') + 1));
  return name && name->kind == LogFileKind::kUuidCheckpoint;
}

}  // namespace

bool IsJsonCheckpoint(const Checkpoint& checkpoint) { return checkpoint.id().ends_with(".json"); }

CheckpointManifest ReadJsonManifest(const datafusion::ObjectStore& store,
                                    const Checkpoint& checkpoint) {
  const CommitFile file{checkpoint.version, checkpoint.parts.front()};
  ActionParser parser;
  const datafusion::Bytes bytes = store.Get(file.object.location);
  std::vector<Commit> actions;
  actions.push_back(ParseCommit(file, bytes.view(), parser, "Checkpoint"));
  parser.Finish();
  CheckpointManifest manifest;
  for (const CommitActions& piece : actions.front().pieces) {
    manifest.sidecars.insert(manifest.sidecars.end(), piece.sidecars.begin(), piece.sidecars.end());
    if (!piece.checkpoint_metadata) continue;
    if (manifest.checkpoint_version)
      Fail(checkpoint, "there is a second checkpointMetadata action");
    manifest.checkpoint_version = piece.checkpoint_metadata->version;
  }
  // One action a key: to be read as a commit is.
  manifest.state = ReconcileState({}, actions);
  manifest.files = ReconcileFiles({}, actions);
  return manifest;
}

void ResolveSidecars(const Checkpoint& checkpoint, std::string_view root_url,
                     CheckpointManifest& manifest) {
  if (HasOwnName(checkpoint) && !manifest.checkpoint_version) {
    Fail(checkpoint, "checkpointMetadata is missing");
  }
  if (manifest.checkpoint_version && *manifest.checkpoint_version != checkpoint.version) {
    Fail(checkpoint, fmt::format("it is of version {}", *manifest.checkpoint_version));
  }
  if (manifest.sidecars.empty()) {
    if (!IsJsonCheckpoint(checkpoint)) manifest.file_parts = checkpoint.parts;
    return;
  }
  if (checkpoint.parts.size() > 1) Fail(checkpoint, "it has parts and sidecars");
  if (!manifest.files.batches.empty()) Fail(checkpoint, "it has sidecars and files of its own");
  std::set<std::string> locations;
  for (const Sidecar& sidecar : manifest.sidecars) {
    if (sidecar.size < 0) Fail(checkpoint, "sidecar.sizeInBytes is negative");
    std::string location;
    try {
      location = SidecarLocation(sidecar.path, root_url);
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{} Checkpoint: {}", error.message(), checkpoint.id()));
    }
    if (!locations.insert(location).second) {
      Fail(checkpoint, fmt::format("it names a sidecar twice: {}", location));
    }
    manifest.file_parts.push_back({std::move(location), sidecar.size, 0});
  }
}

}  // namespace deltaic::delta
