#pragma once

namespace deltaic {

/// Throws for a code of nanoarrow that is not success: `kResourcesExhausted` where memory is
/// lacking, `kInternal` else.
void CheckNanoarrow(int code);

}  // namespace deltaic
