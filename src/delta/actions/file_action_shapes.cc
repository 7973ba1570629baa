#include "delta/actions/file_action_shapes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "delta/statistics/statistics_text.h"

namespace deltaic::delta {

namespace {

// So many values of each column are added at a time.
constexpr size_t kMaxTaken = 64;

}  // namespace

size_t FileActionShapes::Take(std::string_view json, RemovedFiles& removed) {
  const char* end = json.data() + json.size();
  const char* line_end;
  const size_t at = taken_ == nullptr ? 0 : num_taken_ * taken_->shape.num_holes();
  const Entry* entry = shapes_.Match(json.data(), end, &line_end, at);
  const ShapeValue* values = shapes_.values().data() + at;
  if (entry == nullptr || (line_end != end && *line_end != '\n' && *line_end != '\r') ||
      !IsGood(entry->meaning, values)) {
    Flush();
    return 0;
  }
  if (!entry->meaning.is_add) {
    removed.Append(values[entry->meaning.path].text, {});
  } else {
    if (taken_ != nullptr && taken_ != entry) {
      Flush();
      std::copy_n(values, entry->shape.num_holes(), shapes_.values().begin());
    }
    taken_ = entry;
    if (++num_taken_ == kMaxTaken) Flush();
  }
  return static_cast<size_t>(line_end - json.data());
}

bool FileActionShapes::IsGood(const Meaning& meaning, const ShapeValue* values) {
  return !values[meaning.path].text.empty() &&
         std::ranges::all_of(meaning.unsigneds,
                             [values](size_t hole) { return values[hole].integer >= 0; });
}

void FileActionShapes::Flush() {
  if (taken_ == nullptr) return;
  const Meaning& meaning = taken_->meaning;
  const std::vector<ShapeValue>& values = shapes_.values();
  StatisticsLeavesBuilder& statistics = added_.statistics;
  for (const LeafValue& value : meaning.constants) {
    statistics.AppendColumn(value.leaf, num_taken_, [&](size_t) { return value; });
  }
  for (size_t i = 0; i < meaning.holes.size(); ++i) {
    FlushHole(meaning.holes[i], values.data() + i, meaning.holes.size());
  }
  // Maps are put together row by row.
  for (size_t row = 0; row < num_taken_; ++row) {
    for (size_t i = 0; i < meaning.holes.size(); ++i) {
      if (meaning.holes[i].target != Target::kPartition) continue;
      added_.partition_values.Append(meaning.holes[i].number,
                                     values[row * meaning.holes.size() + i].text);
    }
    for (const uint32_t name : meaning.null_partitions) {
      added_.partition_values.Append(name, std::nullopt);
    }
    added_.partition_values.EndRow();
  }
  statistics.EndRows(num_taken_);
  taken_ = nullptr;
  num_taken_ = 0;
}

// Row i has `first[i * stride]`.
void FileActionShapes::FlushHole(HoleMeaning hole, const ShapeValue* first, size_t stride) {
  const auto for_each = [&](const auto& visit) {
    for (size_t row = 0; row < num_taken_; ++row) visit(row, first[row * stride]);
  };
  const auto push = [&](std::vector<int64_t>& numbers) {
    for_each([&](size_t, const ShapeValue& value) { numbers.push_back(value.integer); });
  };
  // Rows of statistics are ended last.
  const size_t first_row = added_.statistics.num_rows();
  const auto set = [&](std::vector<int64_t>& numbers) {
    for_each([&](size_t row, const ShapeValue& value) {
      SetNumber(numbers, first_row + row, value.integer);
    });
  };
  switch (hole.target) {
    case Target::kNothing:
    case Target::kPartition:
      break;
    case Target::kPath:
      for_each([&](size_t, const ShapeValue& value) { added_.paths.Append(value.text); });
      if (added_.paths.size() == kMaxTaken) added_.paths.Reserve(kFilesInBatch);
      break;
    case Target::kSize:
      push(added_.sizes);
      break;
    case Target::kModificationTime:
      push(added_.modification_times);
      break;
    case Target::kBaseRowId:
      set(added_.base_row_ids);
      break;
    case Target::kRowCommitVersion:
      set(added_.row_commit_versions);
      break;
    case Target::kLeaf:
      added_.statistics.AppendColumn(hole.number, num_taken_,
                                     [&](size_t row) { return first[row * stride]; });
  }
}

// A shape in the making. Each step returns whether there may still be one.
struct FileActionShapes::Lesson {
  AddedFilesBuilder& added;
  std::string_view action = {};
  Meaning meaning = {};
  std::vector<JsonShape::Hole> holes = {};
  std::vector<uint32_t> statistics_paths = {};

  bool Hole(const JsonScalar& scalar, LeafKind kind, HoleMeaning hole, bool is_escaped = false) {
    if (hole.target == Target::kPath) meaning.path = holes.size();
    if (hole.target == Target::kSize || hole.target == Target::kBaseRowId ||
        hole.target == Target::kRowCommitVersion) {
      meaning.unsigneds.push_back(holes.size());
    }
    holes.push_back({scalar.value, kind, is_escaped});
    meaning.holes.push_back(hole);
    return true;
  }

  bool Ignore(const JsonScalar& scalar, bool is_escaped = false) {
    if (scalar.is_text) return Hole(scalar, LeafKind::kString, {Target::kNothing, 0}, is_escaped);
    const LeafKind kind = KindOf(scalar);
    if (scalar.value == "null" || kind == LeafKind::kBoolean) return true;
    return Hole(scalar, LeafKind::kNumber, {Target::kNothing, 0});
  }

  bool Learn(const JsonScalar& scalar) {
    if (action.empty()) {
      action = scalar.path.front();
      meaning.is_add = action == "add";
    }
    // A member of another action beside it may mean something.
    if (scalar.path.front() != action || (action != "add" && action != "remove")) return false;
    if (scalar.path.size() < 2) return false;
    const std::string_view member = scalar.path[1];
    if (member == "deletionVector") return scalar.value == "null";
    if (member == "stats" && scalar.is_text) {
      return VisitScalars(scalar.value, true,
                          [&](const JsonScalar& leaf) { return LearnStatistics(leaf); });
    }
    if (scalar.value.find('\\') != std::string_view::npos) return false;
    if (scalar.path.size() == 2 && member == "path") {
      return Hole(scalar, LeafKind::kString, {Target::kPath, 0});
    }
    if (!meaning.is_add) return Ignore(scalar);
    if (scalar.path.size() == 2 && member == "size") {
      return Hole(scalar, LeafKind::kInteger, {Target::kSize, 0});
    }
    if (scalar.path.size() == 2 && member == "modificationTime") {
      return Hole(scalar, LeafKind::kInteger, {Target::kModificationTime, 0});
    }
    if (scalar.path.size() == 2 && member == "baseRowId") {
      return LearnNumber(scalar, Target::kBaseRowId);
    }
    if (scalar.path.size() == 2 && member == "defaultRowCommitVersion") {
      return LearnNumber(scalar, Target::kRowCommitVersion);
    }
    if (scalar.path.size() == 3 && member == "partitionValues") return LearnPartition(scalar);
    return Ignore(scalar);
  }

  // A number, or null for none.
  bool LearnNumber(const JsonScalar& scalar, Target target) {
    return scalar.value == "null" || Hole(scalar, LeafKind::kInteger, {target, 0});
  }

  bool LearnPartition(const JsonScalar& scalar) {
    const uint32_t name = added.partition_values.InternName(scalar.path[2]);
    if (!scalar.is_text) {
      meaning.null_partitions.push_back(name);
      return scalar.value == "null";
    }
    return Hole(scalar, LeafKind::kString, {Target::kPartition, name});
  }

  bool LearnStatistics(const JsonScalar& scalar) {
    const LeafKind kind = KindOf(scalar);
    const StatisticsMember member = MemberOf(scalar.path, kind);
    if (member.section == StatisticsSection::kTightBounds && kind != LeafKind::kBoolean) {
      return false;
    }
    if (!meaning.is_add || !member.is_wanted) return Ignore(scalar, true);
    if (scalar.value == "null") return true;
    StatisticsLeavesBuilder& leaves = added.statistics;
    const uint32_t path = leaves.InternPath(member.section, member.path);
    if (std::find(statistics_paths.begin(), statistics_paths.end(), path) !=
        statistics_paths.end()) {
      return false;
    }
    statistics_paths.push_back(path);
    const uint32_t leaf = leaves.InternLeaf(path, kind);
    if (kind == LeafKind::kBoolean) {
      meaning.constants.push_back({leaf, scalar.value == "true" ? 1 : 0});
      return true;
    }
    return Hole(scalar, kind, {Target::kLeaf, leaf}, true);
  }
};

void FileActionShapes::Learn(std::string_view object) {
  if (!shapes_.ShouldLearn()) return;
  Lesson lesson{added_};
  const bool is_shape =
      VisitScalars(object, false, [&](const JsonScalar& scalar) { return lesson.Learn(scalar); });
  if (is_shape) shapes_.Learn(JsonShape(object, lesson.holes), std::move(lesson.meaning));
}

}  // namespace deltaic::delta
