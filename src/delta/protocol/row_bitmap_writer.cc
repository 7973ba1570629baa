#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <roaring/roaring.h>

#include "delta/protocol/row_bitmap.h"

namespace deltaic::delta {
namespace {

constexpr int kHalf = 32;

struct Free {
  void operator()(roaring_bitmap_t* bitmap) const { roaring_bitmap_free(bitmap); }
};
using Bitmap = std::unique_ptr<roaring_bitmap_t, Free>;

template <typename Number>
void AppendLittleEndian(Number number, std::string& out) {
  for (size_t i = 0; i < sizeof(Number); ++i) out += static_cast<char>(number >> (8 * i));
}

// The bitmaps of low halves by their high halves, which ascend.
class BitmapsByHighHalf {
 public:
  void Add(RowRange range) {
    while (range.begin < range.end) {
      const int64_t next = ((range.begin >> kHalf) + 1) << kHalf;
      const int64_t end = std::min(range.end, next);
      const int64_t base = next - (int64_t{1} << kHalf);
      roaring_bitmap_add_range(Find(static_cast<uint32_t>(range.begin >> kHalf)),
                               static_cast<uint64_t>(range.begin - base),
                               static_cast<uint64_t>(end - base));
      range.begin = end;
    }
  }

  std::string Write() const {
    std::string bytes;
    AppendLittleEndian(uint64_t{bitmaps_.size()}, bytes);
    for (const auto& [high, bitmap] : bitmaps_) {
      roaring_bitmap_run_optimize(bitmap.get());
      AppendLittleEndian(high, bytes);
      const size_t begin = bytes.size();
      bytes.resize(begin + roaring_bitmap_portable_size_in_bytes(bitmap.get()));
      roaring_bitmap_portable_serialize(bitmap.get(), bytes.data() + begin);
    }
    return bytes;
  }

 private:
  roaring_bitmap_t* Find(uint32_t high) {
    if (bitmaps_.empty() || bitmaps_.back().first != high) {
      Bitmap bitmap(roaring_bitmap_create());
      if (!bitmap) throw std::bad_alloc();
      bitmaps_.emplace_back(high, std::move(bitmap));
    }
    return bitmaps_.back().second.get();
  }

  std::vector<std::pair<uint32_t, Bitmap>> bitmaps_;
};

}  // namespace

std::string EncodeRowBitmap(const RowSet& rows) {
  BitmapsByHighHalf bitmaps;
  for (const RowRange& range : rows.ranges) bitmaps.Add(range);
  return bitmaps.Write();
}

}  // namespace deltaic::delta
