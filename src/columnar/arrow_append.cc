#include "columnar/arrow_append.h"

#include <cstdint>

#include <nanoarrow/nanoarrow.h>

#include "columnar/nanoarrow_check.h"

namespace deltaic {

void AppendInt128(Int128 value, ArrowArray* out) {
  ArrowDecimal decimal;
  ArrowDecimalInit(&decimal, 128, 38, 0);
  decimal.words[decimal.low_word_index] = static_cast<uint64_t>(value);
  decimal.words[decimal.high_word_index] = static_cast<uint64_t>(value >> 64);
  CheckNanoarrow(ArrowArrayAppendDecimal(out, &decimal));
}

void AppendBytes(std::string_view bytes, ArrowArray* out) {
  ArrowBufferView view;
  view.data.as_char = bytes.data();
  view.size_bytes = static_cast<int64_t>(bytes.size());
  CheckNanoarrow(ArrowArrayAppendBytes(out, view));
}

}  // namespace deltaic
