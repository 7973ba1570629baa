#include "delta/statistics/statistics_text.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "delta/statistics/shape_memory.h"

namespace deltaic::delta {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxDepth = 128;
// Longer texts are bounds of no use.
constexpr size_t kMaxTextBytes = 1 << 20;

std::optional<StatisticsSection> SectionOf(std::string_view member) {
  if (member == "numRecords") return StatisticsSection::kNumRecords;
  if (member == "tightBounds") return StatisticsSection::kTightBounds;
  if (member == "nullCount") return StatisticsSection::kNullCount;
  if (member == "minValues") return StatisticsSection::kMin;
  if (member == "maxValues") return StatisticsSection::kMax;
  return std::nullopt;
}

// What the holes of a shape mean.
struct Meaning {
  std::vector<std::optional<uint32_t>> leaves;  // By hole.
  std::vector<LeafValue> constants;             // Said by the literals.
};

// Texts of numbers reach up to the next token.
std::string_view TrimEnd(std::string_view token) {
  const size_t last = token.find_last_not_of(" \t\r\n");
  return token.substr(0, last + 1);
}

}  // namespace

StatisticsMember MemberOf(const LeafPath& path, LeafKind kind) {
  StatisticsMember member;
  const std::optional<StatisticsSection> section =
      path.empty() ? std::nullopt : SectionOf(path.front());
  if (!section) return member;
  member.section = *section;
  member.path.assign(path.begin() + 1, path.end());
  const bool is_number = kind == LeafKind::kInteger || kind == LeafKind::kNumber;
  switch (*section) {
    case StatisticsSection::kNumRecords:
      member.is_wanted = member.path.empty() && is_number;
      break;
    case StatisticsSection::kTightBounds:
      member.is_wanted = member.path.empty();
      break;
    case StatisticsSection::kNullCount:
      member.is_wanted = !member.path.empty() && is_number;
      break;
    default:
      member.is_wanted = !member.path.empty();
  }
  return member;
}

struct StatisticsTextParser::Impl {
  Impl(StatisticsLeavesBuilder& all, std::optional<std::set<std::string, std::less<>>> some)
      : leaves(all), columns(std::move(some)) {}

  bool AppendKnownShape(std::string_view json);
  void Learn(std::string_view json);
  simdjson::padded_string_view Pad(std::string_view json);
  simdjson::error_code Parse(std::string_view json);
  simdjson::error_code ParseObject(ondemand::object object);
  simdjson::error_code ParseValue(ondemand::value value);
  void Add(JsonScalar& scalar);
  // As `delta::MemberOf`, of the columns that are read.
  StatisticsMember MemberOf(const LeafPath& path, LeafKind kind) const;

  StatisticsLeavesBuilder& leaves;
  const std::optional<std::set<std::string, std::less<>>> columns;
  ShapeMemory<Meaning> shapes;
  ondemand::parser parser;
  std::unique_ptr<char[]> buffer;
  size_t buffer_size = 0;

  // Of the row under construction.
  JsonScalar scalar;
  std::vector<LeafValue> values;
  uint64_t texts_parsed = 0;
  std::vector<uint64_t> last_texts;  // By path: the number of the last text that had it.
};

StatisticsTextParser::StatisticsTextParser(
    StatisticsLeavesBuilder& leaves, std::optional<std::set<std::string, std::less<>>> columns)
    : impl_(std::make_unique<Impl>(leaves, std::move(columns))) {}

StatisticsTextParser::~StatisticsTextParser() = default;

bool StatisticsTextParser::Append(std::string_view json) {
  Impl& impl = *impl_;
  bool is_well_formed = !json.empty();
  if (is_well_formed && !impl.AppendKnownShape(json)) {
    impl.values.clear();
    impl.scalar.path.clear();
    ++impl.texts_parsed;
    is_well_formed = impl.Parse(json) == simdjson::SUCCESS;
    if (is_well_formed) {
      for (const LeafValue& value : impl.values) impl.leaves.Append(value);
      if (impl.shapes.ShouldLearn()) impl.Learn(json);
    }
  }
  impl.leaves.EndRow();
  return is_well_formed;
}

StatisticsMember StatisticsTextParser::Impl::MemberOf(const LeafPath& path, LeafKind kind) const {
  StatisticsMember member = delta::MemberOf(path, kind);
  if (columns && !member.path.empty() && !columns->contains(member.path.front())) {
    member.is_wanted = false;
  }
  return member;
}

bool StatisticsTextParser::Impl::AppendKnownShape(std::string_view json) {
  const char* end = json.data() + json.size();
  const char* match_end;
  const auto* entry = shapes.Match(json.data(), end, &match_end);
  if (entry == nullptr || match_end != end) return false;
  for (const LeafValue& value : entry->meaning.constants) leaves.Append(value);
  const std::vector<std::optional<uint32_t>>& holes = entry->meaning.leaves;
  for (size_t i = 0; i < holes.size(); ++i) {
    const ShapeValue& value = shapes.values()[i];
    if (holes[i]) leaves.Append({*holes[i], value.integer, value.text});
  }
  return true;
}

// Texts in which a member occurs twice have no shape.
void StatisticsTextParser::Impl::Learn(std::string_view json) {
  std::vector<JsonShape::Hole> holes;
  Meaning meaning;
  std::vector<uint32_t> paths;
  const bool is_shape = VisitScalars(json, false, [&](const JsonScalar& found) {
    const LeafKind kind = KindOf(found);
    const bool is_literal = found.value == "null" || kind == LeafKind::kBoolean;
    const StatisticsMember member = MemberOf(found.path, kind);
    if (member.section == StatisticsSection::kTightBounds && kind != LeafKind::kBoolean) {
      return false;
    }
    std::optional<uint32_t> leaf;
    if (member.is_wanted && found.value != "null") {
      const uint32_t path = leaves.InternPath(member.section, member.path);
      if (std::find(paths.begin(), paths.end(), path) != paths.end()) return false;
      paths.push_back(path);
      leaf = leaves.InternLeaf(path, kind);
    }
    if (!is_literal) {
      holes.push_back({found.value, kind, false, leaf.has_value()});
      meaning.leaves.push_back(leaf);
    } else if (leaf) {
      meaning.constants.push_back({*leaf, found.value == "true" ? 1 : 0});
    }
    return true;
  });
  if (is_shape) shapes.Learn(JsonShape(json, holes), std::move(meaning));
}

simdjson::padded_string_view StatisticsTextParser::Impl::Pad(std::string_view json) {
  const size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
  if (buffer_size < needed) {
    buffer_size = std::max(needed, 2 * buffer_size);
    buffer = std::make_unique<char[]>(buffer_size);
  }
  std::memcpy(buffer.get(), json.data(), json.size());
  return simdjson::padded_string_view(buffer.get(), json.size(), buffer_size);
}

simdjson::error_code StatisticsTextParser::Impl::Parse(std::string_view json) {
  ondemand::document document;
  SIMDJSON_TRY(parser.iterate(Pad(json)).get(document));
  ondemand::object members;
  SIMDJSON_TRY(document.get_object().get(members));
  SIMDJSON_TRY(ParseObject(members));
  // Nothing may follow the object.
  const auto rest = document.current_location().error();
  return rest == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

simdjson::error_code StatisticsTextParser::Impl::ParseObject(ondemand::object object) {
  if (scalar.path.size() >= kMaxDepth) return simdjson::DEPTH_ERROR;
  for (auto member : object) {
    ondemand::field field;
    SIMDJSON_TRY(std::move(member).get(field));
    std::string_view name;
    SIMDJSON_TRY(field.unescaped_key().get(name));
    scalar.path.push_back(name);
    SIMDJSON_TRY(ParseValue(field.value()));
    scalar.path.pop_back();
  }
  return simdjson::SUCCESS;
}

simdjson::error_code StatisticsTextParser::Impl::ParseValue(ondemand::value value) {
  ondemand::json_type type;
  SIMDJSON_TRY(value.type().get(type));
  switch (type) {
    case ondemand::json_type::object: {
      ondemand::object members;
      SIMDJSON_TRY(value.get_object().get(members));
      return ParseObject(members);
    }
    case ondemand::json_type::string:
      scalar.is_text = true;
      SIMDJSON_TRY(value.get_string().get(scalar.value));
      break;
    case ondemand::json_type::number:
      scalar.is_text = false;
      scalar.value = TrimEnd(value.raw_json_token());
      break;
    default: {
      // What tells of tightness in another way tells that bounds are not tight.
      bool truth = false;
      const bool is_boolean = value.get_bool().get(truth) == simdjson::SUCCESS;
      const bool is_tightness = scalar.path.size() == 1 && scalar.path[0] == "tightBounds";
      if (!is_boolean && !is_tightness) return simdjson::SUCCESS;
      scalar.is_text = false;
      scalar.value = truth ? "true" : "false";
    }
  }
  Add(scalar);
  return simdjson::SUCCESS;
}

void StatisticsTextParser::Impl::Add(JsonScalar& found) {
  const LeafKind kind = KindOf(found);
  const StatisticsMember member = MemberOf(found.path, kind);
  if (!member.is_wanted || found.value.size() > kMaxTextBytes) return;
  const uint32_t path = leaves.InternPath(member.section, member.path);
  if (path >= last_texts.size()) last_texts.resize(path + 1);
  if (std::exchange(last_texts[path], texts_parsed) == texts_parsed) return;
  LeafValue value{leaves.InternLeaf(path, kind), 0, found.value};
  if (kind == LeafKind::kInstant) {
    ParseInstant(found.value, value.integer);
  } else if (kind == LeafKind::kNumber) {
    value.integer = PackNumber(found.value);
  } else if (kind == LeafKind::kInteger) {
    value.integer = IntegerOf(found.value);
  } else if (kind == LeafKind::kBoolean) {
    value.integer = found.value == "true" ? 1 : 0;
  }
  values.push_back(value);
}

}  // namespace deltaic::delta
