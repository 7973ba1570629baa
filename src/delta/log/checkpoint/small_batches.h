#pragma once

// Keeps the batches of live files few while a snapshot is refreshed again and again. A pure
// function; safe to call from any thread.

#include "delta/log/action_reconciliation.h"

namespace deltaic::delta {

/// Puts small batches together, and leaves out their rows that are not live. Of those that stay
/// apart each is more than twice as large as all smaller ones together, so that they are few, and a
/// row is copied few times in the course of many refreshes.
LiveFiles MergeSmallBatches(LiveFiles files);

}  // namespace deltaic::delta
