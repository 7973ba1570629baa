#pragma once

// The keys of files whose newest action was seen (PROTOCOL.md, "Action Reconciliation"), in 16
// bytes each. One thread writes at a time; reading may be shared.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace deltaic::delta {

/// A set of keys, each known by two hashes of 64 bits that are seeded anew in each process: that
/// two of a billion keys are taken for one has a probability of 2^-68.
class FileKeySet {
 public:
  /// Whether the key was not there. `deletion_vector_id` is "" where there is none.
  bool Insert(std::string_view path, std::string_view deletion_vector_id);
  bool Contains(std::string_view path, std::string_view deletion_vector_id) const;

  size_t size() const { return size_; }

 private:
  struct Key {
    uint64_t first = 0;  // 0 in both = free.
    uint64_t second = 0;
    bool operator==(const Key&) const = default;
  };

  static Key KeyOf(std::string_view path, std::string_view deletion_vector_id);
  size_t SlotOf(const Key& key) const;
  void Grow();

  size_t size_ = 0;
  std::vector<Key> slots_;  // Their number is a power of two, or 0.
};

}  // namespace deltaic::delta
