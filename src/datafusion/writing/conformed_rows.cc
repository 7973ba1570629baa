#include "datafusion/writing/conformed_rows.h"

#include "datafusion/bridge_call.h"
#include "datafusion/data_frame_impl.h"

namespace deltaic::datafusion {

DataFrame Conform(const DataFrame& rows, const std::vector<std::string>& sources,
                  const Schema& target, TextConversion texts) {
  return Call([&] {
    OutgoingSchema columns(target);
    return MakeDataFrame(rows.impl().frame->conform(ToRust(sources), columns.get(),
                                                    texts == TextConversion::kParse));
  });
}

}  // namespace deltaic::datafusion
