#pragma once

// The other end of sqllogictest's external engine: statements come as JSON objects
// ({"sql":"…"}), one after another, and each is answered by one ({"result":[["…"]]}, {"err":"…"}).

#include <deltaic/delta/session/delta_session_context.h>

namespace deltaic::cli {

/// Answers statements of standard input to its end. Cells are text: NULL for null, (empty) for an
/// empty text. Main thread only. Throws `Error` with `kInvalidArgument` for input that is no such
/// object, and as `WriteOutput`.
void RunSqllogictestEngine(const delta::DeltaSessionContext& session);

}  // namespace deltaic::cli
