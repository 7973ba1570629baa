#include "delta/log/checkpoint/output/file_key_set.h"

#include <algorithm>
#include <utility>

#include "base/text/text_hash.h"

namespace deltaic::delta {

FileKeySet::Key FileKeySet::KeyOf(std::string_view path, std::string_view deletion_vector_id) {
  const auto hash = [&](uint64_t start) {
    return HashText(deletion_vector_id, HashText(path, start));
  };
  return {hash(1) | 1, hash(2)};
}

size_t FileKeySet::SlotOf(const Key& key) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = key.second & mask;
  while (slots_[slot] != Key{} && slots_[slot] != key) slot = (slot + 1) & mask;
  return slot;
}

bool FileKeySet::Insert(std::string_view path, std::string_view deletion_vector_id) {
  if (size_ * 4 >= slots_.size() * 3) Grow();
  const Key key = KeyOf(path, deletion_vector_id);
  Key& slot = slots_[SlotOf(key)];
  if (slot == key) return false;
  slot = key;
  ++size_;
  return true;
}

bool FileKeySet::Contains(std::string_view path, std::string_view deletion_vector_id) const {
  if (slots_.empty()) return false;
  return slots_[SlotOf(KeyOf(path, deletion_vector_id))] != Key{};
}

void FileKeySet::Grow() {
  constexpr size_t kLeastSlots = 64;
  std::vector<Key> old = std::exchange(slots_, {});
  slots_.resize(std::max(kLeastSlots, old.size() * 2));
  for (const Key& key : old) {
    if (key != Key{}) slots_[SlotOf(key)] = key;
  }
}

}  // namespace deltaic::delta
