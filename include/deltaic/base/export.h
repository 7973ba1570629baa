#pragma once

/// Marks what `libdeltaic` offers to programs; release builds hide everything else.
#define DELTAIC_EXPORT __attribute__((visibility("default")))
