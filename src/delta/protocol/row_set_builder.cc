#include "delta/protocol/row_set_builder.h"

#include <algorithm>
#include <map>
#include <new>
#include <utility>

#include <deltaic/base/error.h>
#include <fmt/format.h>
#include <roaring/roaring.h>

namespace deltaic::delta {
namespace {

constexpr int kHalf = 32;
constexpr uint32_t kManyRows = 1024;

// The bitmap of the rows of one high half.
class Half {
 public:
  Half() : bitmap_(roaring_bitmap_create()) {
    if (!bitmap_) throw std::bad_alloc();
  }

  void Add(uint32_t low) {
    if (low == end_ && begin_ < end_) {
      ++end_;
      return;
    }
    Flush();
    begin_ = low;
    end_ = uint64_t{low} + 1;
  }

  void AddRange(uint64_t begin, uint64_t end) {
    roaring_bitmap_add_range(bitmap_.get(), begin, end);
  }

  // Puts the run of rows that is open into the bitmap.
  void Flush() {
    if (begin_ < end_) AddRange(begin_, end_);
    begin_ = end_ = 0;
  }

  const roaring_bitmap_t* bitmap() const { return bitmap_.get(); }

 private:
  struct Free {
    void operator()(roaring_bitmap_t* bitmap) const { roaring_bitmap_free(bitmap); }
  };
  std::unique_ptr<roaring_bitmap_t, Free> bitmap_;
  uint64_t begin_ = 0;  // Rows follow each other more often than not: a run is added at once.
  uint64_t end_ = 0;
};

void AppendRow(int64_t row, RowSet& rows) {
  if (!rows.ranges.empty() && rows.ranges.back().end == row) {
    ++rows.ranges.back().end;
  } else {
    rows.ranges.push_back({row, row + 1});
  }
  ++rows.cardinality;
}

}  // namespace

struct RowSetBuilder::Impl {
  std::map<int64_t, Half> halves;  // By the high half of their rows.
  std::pair<const int64_t, Half>* last = nullptr;

  Half& Find(int64_t high) {
    if (last == nullptr || last->first != high) last = &*halves.try_emplace(high).first;
    return last->second;
  }

  void Flush() {
    for (auto& [high, half] : halves) half.Flush();
  }
};

RowSetBuilder::RowSetBuilder() : impl_(std::make_unique<Impl>()) {}
RowSetBuilder::~RowSetBuilder() = default;
RowSetBuilder::RowSetBuilder(RowSetBuilder&&) noexcept = default;
RowSetBuilder& RowSetBuilder::operator=(RowSetBuilder&&) noexcept = default;

void RowSetBuilder::Add(int64_t row) {
  if (row < 0) throw Error(ErrorCode::kInternal, fmt::format("A row has the number {}.", row));
  impl_->Find(row >> kHalf).Add(static_cast<uint32_t>(row));
}

void RowSetBuilder::AddAll(const RowSet& rows) {
  for (RowRange range : rows.ranges) {
    while (range.begin < range.end) {
      const int64_t high = range.begin >> kHalf;
      const int64_t base = high << kHalf;
      const int64_t end = std::min(range.end, base + (int64_t{1} << kHalf));
      impl_->Find(high).AddRange(static_cast<uint64_t>(range.begin - base),
                                 static_cast<uint64_t>(end - base));
      range.begin = end;
    }
  }
}

int64_t RowSetBuilder::cardinality() const {
  impl_->Flush();
  uint64_t rows = 0;
  for (const auto& [high, half] : impl_->halves) {
    rows += roaring_bitmap_get_cardinality(half.bitmap());
  }
  return static_cast<int64_t>(rows);
}

RowSet RowSetBuilder::Build() const {
  impl_->Flush();
  RowSet rows;
  uint32_t lows[kManyRows];
  for (const auto& [high, half] : impl_->halves) {
    roaring_uint32_iterator_t iterator;
    roaring_init_iterator(half.bitmap(), &iterator);
    for (uint32_t count = kManyRows; count == kManyRows;) {
      count = roaring_read_uint32_iterator(&iterator, lows, kManyRows);
      for (uint32_t i = 0; i < count; ++i) AppendRow((high << kHalf) + lows[i], rows);
    }
  }
  return rows;
}

}  // namespace deltaic::delta
