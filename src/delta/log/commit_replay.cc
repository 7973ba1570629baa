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
  for (const std::string_view piece : CutIntoPieces(json, kPieceBytes)) {
    pieces.push_back({&commit, piece, line, static_cast<size_t>(piece.data() - json.data())});
    line += std::ranges::count(piece, '\n');
  }
}

void VisitPieces(const std::vector<Piece>& pieces, const ActionVisitor& visit) {
  for (size_t begin = 0; begin < pieces.size(); begin += kPiecesAtOnce) {
    std::vector<std::vector<Action>> actions(std::min(kPiecesAtOnce, pieces.size() - begin));
    ParallelFor(actions.size(), [&](size_t i) {
      ThrowIfCancelled();
      const Piece& piece = pieces[begin + i];
      actions[i] = ReadActions(piece.json, {piece.commit->object.location, piece.commit->version,
                                            piece.first_line, "Commit", piece.first_byte});
    });
    for (std::vector<Action>& of_piece : actions) visit(of_piece);
  }
}

}  // namespace

void ReplayCommits(const datafusion::ObjectStore& store, const std::vector<CommitFile>& commits,
                   const ActionVisitor& visit) {
  std::span<const CommitFile> left = commits;
  while (!left.empty()) {
    const std::span<const CommitFile> some = LastCommits(left);
    left = left.first(left.size() - some.size());
    const std::vector<datafusion::Bytes> contents = ReadCommitBytes(store, some);
    std::vector<Piece> pieces;
    for (size_t i = some.size(); i-- > 0;) AddPieces(some[i], contents[i].view(), pieces);
    VisitPieces(pieces, visit);
  }
}

std::string DeletionVectorIdOf(const std::optional<DeletionVector>& vector) {
  if (!vector) return {};
  const int64_t offset = vector->offset.value_or(0);
  return DeletionVectorId({&vector->storage_type, 1}, vector->path_or_inline,
                          vector->offset ? &offset : nullptr);
}

}  // namespace deltaic::delta
