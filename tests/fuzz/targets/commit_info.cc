// The search for a commit's commitInfo: a choice of the size of pieces, then the commit. It finds
// in pieces what it finds in the whole, and what the parser of commits finds.

#include <algorithm>
#include <optional>

#include <deltaic/base/error.h>

#include "delta/actions/action_json.h"
#include "delta/log/commit_info_search.h"
#include "fuzz/fuzz.h"

namespace deltaic::fuzz {
namespace {

using delta::CommitInfoSearch;
using State = CommitInfoSearch::State;

}  // namespace

void Run(std::string_view input) {
  const size_t piece = TakeChoice(input, 64) + 1;
  const delta::CommitFile commit{
      1, {"_delta_log/00000000000000000001.json", static_cast<int64_t>(input.size()), 0}};
  CommitInfoSearch whole(commit);
  const State state = whole.Read(input, true);

  CommitInfoSearch search(commit);
  State in_pieces = State::kUndecided;
  for (std::string_view rest = input; in_pieces == State::kUndecided;) {
    const std::string_view bytes = rest.substr(0, piece);
    rest.remove_prefix(bytes.size());
    in_pieces = search.Read(bytes, rest.empty());
  }
  Expect(in_pieces == state, "pieces say what the whole says");
  if (state == State::kFound) {
    Expect(search.info().json == whole.info().json, "pieces hold what the whole holds");
  }
  if (state != State::kFound && state != State::kAbsent) return;
  const delta::CommitActions actions =
      delta::ParseCommitActions(input, {commit.object.location, commit.version});
  Expect(actions.commit_info.has_value() == (state == State::kFound),
         "the parser finds what the search finds");
  if (state == State::kFound) {
    Expect(actions.commit_info->json == whole.info().json, "the parser finds the same");
  }
}

}  // namespace deltaic::fuzz
