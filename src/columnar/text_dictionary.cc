#include "columnar/text_dictionary.h"

#include <algorithm>
#include <utility>

#include "base/text/text_hash.h"

namespace deltaic {

uint32_t TextDictionary::Intern(std::string_view text) {
  if (last_ < size() && texts_[last_] == text) return last_;
  if (slots_.size() <= size() * 2) Grow();
  const uint64_t hash = HashText(text);
  uint32_t& slot = slots_[SlotOf(text, hash)];
  if (slot == 0) {
    texts_.Append(text);
    hashes_.push_back(hash);
    slot = static_cast<uint32_t>(size());
  }
  last_ = slot - 1;
  return last_;
}

std::optional<uint32_t> TextDictionary::Find(std::string_view text) const {
  if (size() == 0) return std::nullopt;
  const uint32_t slot = slots_[SlotOf(text, HashText(text))];
  if (slot == 0) return std::nullopt;
  return slot - 1;
}

TextColumnBuilder TextDictionary::TakeTexts() {
  TextColumnBuilder texts = std::move(texts_);
  *this = TextDictionary();
  texts.ShrinkToFit();
  return texts;
}

size_t TextDictionary::SlotOf(std::string_view text, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    const uint32_t code = slots_[slot] - 1;
    if (hashes_[code] == hash && texts_[code] == text) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

void TextDictionary::Grow() {
  slots_.assign(std::max<size_t>(16, slots_.size() * 2), 0);
  const size_t mask = slots_.size() - 1;
  for (size_t code = 0; code < hashes_.size(); ++code) {
    size_t slot = hashes_[code] & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<uint32_t>(code + 1);
  }
}

}  // namespace deltaic
