// The lines of a commit: read as a whole, once more when their shapes are known, and each alone.
// All ways lead to the same actions.

#include <optional>
#include <vector>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

using delta::CommitActions;

constexpr std::string_view kLocation = "_delta_log/00000000000000000001.json";
constexpr std::string_view kBlanks = " \t\r";
// Each line read alone needs a parser.
constexpr size_t kMaxLines = 24;

void ExpectSame(const CommitActions& a, const CommitActions& b) {
  Expect(a.num_objects == b.num_objects, "as many actions");
  Expect(a.protocol == b.protocol, "the same protocol");
  Expect(a.metadata == b.metadata, "the same metadata");
  Expect(a.transactions == b.transactions, "the same transactions");
  Expect(a.domains == b.domains, "the same domains");
  Expect(a.num_added() == b.num_added(), "as many added files");
  for (uint32_t i = 0; i < a.num_added(); ++i) {
    Expect(delta::SameFile(*a.files, a.added_begin + i, *b.files, b.added_begin + i),
           "the same added files");
  }
  Expect(a.removed.num_rows() == b.removed.num_rows(), "as many removed files");
  for (uint32_t i = 0; i < a.removed.num_rows(); ++i) {
    Expect(a.removed.key(i) == b.removed.key(i), "the same removed files");
  }
}

// The lines, if each is an object and nothing but that.
std::optional<std::vector<std::string_view>> Objects(std::string_view commit) {
  std::vector<std::string_view> objects;
  while (!commit.empty()) {
    const std::string_view line = TakeLine(commit);
    const size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) continue;
    const std::string_view object = line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
    if (object.front() != '{' || object.back() != '}') return std::nullopt;
    if (objects.size() == kMaxLines) return std::nullopt;
    objects.push_back(object);
  }
  return objects;
}

// What lines that were read alone say together.
class Together {
 public:
  void Add(const CommitActions& one) {
    Expect(one.num_objects == 1, "a line is one action");
    ++num_objects_;
    num_protocols_ += one.protocol ? 1 : 0;
    num_metadata_ += one.metadata ? 1 : 0;
    num_infos_ += one.commit_info ? 1 : 0;
    lines_.push_back(one);
  }

  bool HasSecond() const { return num_protocols_ > 1 || num_metadata_ > 1 || num_infos_ > 1; }

  void ExpectSame(const CommitActions& all) const {
    Expect(all.num_objects == num_objects_, "a line is an action");
    uint32_t added = all.added_begin, removed = 0, transactions = 0, domains = 0;
    for (const CommitActions& one : lines_) {
      for (uint32_t row = one.added_begin; row < one.added_end; ++row, ++added) {
        Expect(added < all.added_end, "no line lost");
        Expect(delta::SameFile(*one.files, row, *all.files, added), "a line reads as alone");
        Expect(one.files->paths[row] == all.files->paths[added], "a path reads as alone");
      }
      for (uint32_t row = 0; row < one.removed.num_rows(); ++row, ++removed) {
        Expect(one.removed.key(row) == all.removed.key(removed), "a removal reads as alone");
      }
      for (const auto& transaction : one.transactions) {
        Expect(transaction == all.transactions[transactions++], "a txn reads as alone");
      }
      for (const auto& domain : one.domains) {
        Expect(domain == all.domains[domains++], "a domain reads as alone");
      }
    }
    Expect(added == all.added_end && removed == all.removed.num_rows(), "no line too many");
  }

 private:
  std::vector<CommitActions> lines_;
  size_t num_objects_ = 0;
  size_t num_protocols_ = 0;
  size_t num_metadata_ = 0;
  size_t num_infos_ = 0;
};

std::optional<Together> ReadEachAlone(const std::vector<std::string_view>& objects) {
  Together together;
  for (const std::string_view object : objects) {
    try {
      together.Add(delta::ParseCommitActions(object, {kLocation, 1}));
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  return together;
}

}  // namespace

void Run(std::string_view input) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  const std::string_view lines =
      input.substr(input.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  const auto objects = Objects(lines);
  std::optional<Together> alone;
  if (objects) alone = ReadEachAlone(*objects);

  delta::ActionParser parser;
  CommitActions first;
  try {
    first = parser.Parse(input, {kLocation, 1});
  } catch (const Error&) {
    Expect(!alone || alone->HasSecond(), "a commit of good lines is good");
    throw;
  }
  const CommitActions second = parser.Parse(input, {kLocation, 1});
  parser.Finish();
  ExpectSame(first, second);
  if (objects) Expect(alone.has_value(), "a bad line makes its commit bad");
  if (alone) alone->ExpectSame(first);
}

}  // namespace deltaic::fuzz
