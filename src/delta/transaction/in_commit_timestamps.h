#pragma once

// The time that a commit states itself (PROTOCOL.md, "In-Commit Timestamps", "Writer Requirements
// for In-Commit Timestamps"). Pure functions.

#include <cstdint>

#include <deltaic/delta/protocol/state_actions.h>

namespace deltaic::delta {

/// The time of a commit at `now_ms` that follows one of `last_ms`: times rise, whatever the clock
/// does. Throws `kCorruptLog` where there is no later time.
int64_t NextInCommitTimestamp(int64_t now_ms, int64_t last_ms);

/// A table's protocol and metadata.
struct TableShape {
  const Protocol& protocol;
  const Metadata& metadata;
};

/// Whether commits of the table state their time.
bool HasInCommitTimestamps(const TableShape& table);

/// Notes in the metadata of a commit that turns times on since when they are there.
void NoteFirstInCommitTimestamp(const Protocol& protocol, int64_t version, int64_t timestamp_ms,
                                Metadata& metadata);

/// Keeps that note in metadata that replaces `older`.
void KeepFirstInCommitTimestamp(const Metadata& older, Metadata& metadata);

}  // namespace deltaic::delta
