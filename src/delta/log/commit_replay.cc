#include "delta/log/commit_replay.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <deltaic/base/cancellation.h>

#include "base/parallel_for.h"
#include "delta/actions/action_text.h"
#include "delta/log/commit_reader.h"
#include "delta/protocol/deletion_vector.h"

namespace deltaic::delta {
namespace {

constexpr size_t kMaxCommits = 256;
constexpr int64_t kMaxBytes = int64_t{16} << 20;
constexpr size_t kPieceBytes = size_t{1} << 20;
// Pieces that are parsed side by side.
constexpr size_t kPiecesAtOnce = 16;

// As many of the last commits as are fetched together, one at least.
std::span<const CommitFile> LastCommits(std::span<const CommitFile> commits) {
  size_t count = 0;
  int64_t bytes = 0;
  while (count < commits.size() && count < kMaxCommits) {
    bytes += commits[commits.size() - 1 - count].object.size;
    if (count > 0 && bytes > kMaxBytes) break;
    ++count;
  }
  return commits.last(count);
}

struct Piece {
  const CommitFile* commit;
  std::string_view json;
  int64_t first_line;
  size_t first_byte;
};

void AddPieces(const CommitFile& commit, std::string_view json, std::vector<Piece>& pieces) {
  int64_t line = 1;
  const std::vector<std::string_view> cut = CutIntoPieces(json, kPieceBytes);
  for (const std::string_view& piece : cut) {
    pieces.push_back({&commit, piece, line, static_cast<size_t>(piece.data() - json.data())});
    if (&piece != &cut.back()) line += std::count(piece.begin(), piece.end(), '\n');
  }
}

std::vector<ActionPiece> ReadPieces(std::span<const Piece> pieces) {
  std::vector<ActionPiece> actions(pieces.size());
  ParallelFor(pieces.size(), [&](size_t i) {
    ThrowIfCancelled();
    const Piece& piece = pieces[i];
    actions[i] = ReadActions(piece.json, {piece.commit->object.location, piece.commit->version,
                                          piece.first_line, "Commit", piece.first_byte});
  });
  return actions;
}

}  // namespace

void ReplayCommits(const datafusion::ObjectStore& store, const std::vector<CommitFile>& commits,
                   const ActionVisitor& visit, const ReadingRunner& run) {
  std::span<const CommitFile> left = commits;
  while (!left.empty()) {
    const std::span<const CommitFile> some = LastCommits(left);
    left = left.first(left.size() - some.size());
    const std::vector<datafusion::Bytes> contents = ReadCommitBytes(store, some);
    std::vector<Piece> pieces;
    for (size_t i = some.size(); i-- > 0;) AddPieces(some[i], contents[i].view(), pieces);
    for (std::span<const Piece> rest = pieces; !rest.empty();) {
      const std::span<const Piece> next = rest.first(std::min(kPiecesAtOnce, rest.size()));
      rest = rest.subspan(next.size());
      std::vector<ActionPiece> actions;
      run([&] { actions = ReadPieces(next); });
      visit(actions);
    }
  }
}

}  // namespace deltaic::delta
