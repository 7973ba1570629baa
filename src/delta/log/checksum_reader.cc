#include "delta/log/checksum_reader.h"

#include <deltaic/base/error.h>

#include "delta/log/log_error.h"
#include "delta/protocol/log_path.h"

namespace deltaic::delta {

ChecksumFile ReadVersionChecksum(const datafusion::ObjectStore& store, int64_t version) {
  try {
    return {true, ParseVersionChecksum(store.Get(ChecksumLocation(version)).view())};
  } catch (const Error& error) {
    if (IsGone(error)) return {};
    if (LogError(error).code() == ErrorCode::kCorruptLog) return {true};
    throw;
  }
}

}  // namespace deltaic::delta
