#include "delta/protocol/file_action_shapes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "delta/protocol/statistics_text.h"

namespace deltaic::delta {

size_t FileActionShapes::Take(std::string_view json, RemovedFiles& removed) {
  const char* end = json.data() + json.size();
  const char* line_end;
  const auto* entry = shapes_.Match(json.data(), end, &line_end);
  if (entry == nullptr) return 0;
  if (line_end != end && *line_end != '\n' && *line_end != '\r') return 0;
  const std::vector<ShapeValue>& values = shapes_.values();
  if (entry->meaning.is_add) {
    if (!TakeAdd(entry->meaning, values)) return 0;
  } else {
    for (size_t i = 0; i < entry->meaning.holes.size(); ++i) {
      if (entry->meaning.holes[i].target != Target::kPath) continue;
      if (values[i].text.empty()) return 0;
      removed.Append(values[i].text, {});
    }
  }
  return static_cast<size_t>(line_end - json.data());
}

bool FileActionShapes::TakeAdd(const Meaning& meaning, const std::vector<ShapeValue>& values) {
  // What the parser refuses is left to it, before anything is written.
  for (size_t i = 0; i < meaning.holes.size(); ++i) {
    const Target target = meaning.holes[i].target;
    if (target == Target::kPath && values[i].text.empty()) return false;
    const bool is_unsigned = target == Target::kSize || target == Target::kBaseRowId ||
                             target == Target::kRowCommitVersion;
    if (is_unsigned && values[i].integer < 0) return false;
  }
  const size_t row = added_.num_rows();
  StatisticsLeavesBuilder& statistics = added_.statistics;
  for (const LeafValue& value : meaning.constants) statistics.Append(value);
  for (size_t i = 0; i < meaning.holes.size(); ++i) {
    const ShapeValue& value = values[i];
    const uint32_t number = meaning.holes[i].number;
    switch (meaning.holes[i].target) {
      case Target::kNothing:
        break;
      case Target::kPath:
        added_.paths.Append(value.text);
        break;
      case Target::kSize:
        added_.sizes.push_back(value.integer);
        break;
      case Target::kModificationTime:
        added_.modification_times.push_back(value.integer);
        break;
      case Target::kBaseRowId:
        SetNumber(added_.base_row_ids, row, value.integer);
        break;
      case Target::kRowCommitVersion:
        SetNumber(added_.row_commit_versions, row, value.integer);
        break;
      case Target::kPartition:
        added_.partition_values.Append(number, value.text);
        break;
      case Target::kLeaf:
        statistics.Append(number, value.integer, value.text);
    }
  }
  for (const uint32_t name : meaning.null_partitions) {
    added_.partition_values.Append(name, std::nullopt);
  }
  added_.partition_values.EndRow();
  statistics.EndRow();
  return true;
}

// A shape in the making. Each step returns whether there may still be one.
struct FileActionShapes::Lesson {
  AddedFilesBuilder& added;
  std::string_view action = {};
  Meaning meaning = {};
  std::vector<JsonShape::Hole> holes = {};
  std::vector<uint32_t> statistics_paths = {};

  bool Hole(const JsonScalar& scalar, LeafKind kind, HoleMeaning hole, bool is_escaped = false) {
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
