#include "datafusion/sql/syntax_depth.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <deltaic/base/error.h>

#include "base/text/ascii.h"

namespace deltaic::datafusion {
namespace {

// What the stacks of the engine's threads bear, with room to spare.
constexpr size_t kDeepest = 4000;

// Operators by how tightly they bind, loosest first. An operator ends the operands of all tighter
// ones before it.
enum Class : size_t { kRelations, kDisjunction, kConjunction, kComparison, kTerm, kClasses };

struct Effect {
  enum class Kind {
    kNone,
    kOperator,
    kSeparator,  // Ends the expression before it.
    kAs,  // May name a query that the next one builds on (`WITH a AS (…), b AS (… a …)`).
    kClause,
    kOpen,
    kClose,
  };
  Kind kind = Kind::kNone;
  Class operators = kTerm;
  bool is_from = false;
};

struct Meaning {
  std::string_view text;
  Effect effect;
};

constexpr Effect Operator(Class operators) { return {Effect::Kind::kOperator, operators}; }
constexpr Effect kSeparator = {Effect::Kind::kSeparator};
constexpr Effect kClause = {Effect::Kind::kClause};
constexpr Effect kOpen = {Effect::Kind::kOpen};
constexpr Effect kClose = {Effect::Kind::kClose};

constexpr std::array kWords = {
    Meaning{"UNION", Operator(kRelations)},
    Meaning{"EXCEPT", Operator(kRelations)},
    Meaning{"INTERSECT", Operator(kRelations)},
    Meaning{"MINUS", Operator(kRelations)},
    Meaning{"JOIN", Operator(kRelations)},
    Meaning{"OR", Operator(kDisjunction)},
    Meaning{"XOR", Operator(kDisjunction)},
    Meaning{"AND", Operator(kConjunction)},
    Meaning{"NOT", Operator(kComparison)},
    Meaning{"IS", Operator(kComparison)},
    Meaning{"IN", Operator(kComparison)},
    Meaning{"LIKE", Operator(kComparison)},
    Meaning{"ILIKE", Operator(kComparison)},
    Meaning{"RLIKE", Operator(kComparison)},
    Meaning{"REGEXP", Operator(kComparison)},
    Meaning{"SIMILAR", Operator(kComparison)},
    Meaning{"BETWEEN", Operator(kComparison)},
    Meaning{"DIV", Operator(kTerm)},
    Meaning{"COLLATE", Operator(kTerm)},
    Meaning{"AT", Operator(kTerm)},
    Meaning{"OVERLAPS", Operator(kTerm)},
    Meaning{"FROM", {Effect::Kind::kClause, kTerm, true}},
    Meaning{"SELECT", kClause},
    Meaning{"WHERE", kClause},
    Meaning{"GROUP", kClause},
    Meaning{"HAVING", kClause},
    Meaning{"QUALIFY", kClause},
    Meaning{"ORDER", kClause},
    Meaning{"LIMIT", kClause},
    Meaning{"WINDOW", kClause},
    Meaning{"SET", kClause},
    Meaning{"VALUES", kClause},
    Meaning{"BY", kSeparator},
    Meaning{"ON", kSeparator},
    Meaning{"USING", kSeparator},
    Meaning{"WHEN", kSeparator},
    Meaning{"THEN", kSeparator},
    Meaning{"ELSE", kSeparator},
    Meaning{"AS", {Effect::Kind::kAs}},
};

constexpr std::array kSymbols = {
    Meaning{"(", kOpen},
    Meaning{"[", kOpen},
    Meaning{"{", kOpen},
    Meaning{")", kClose},
    Meaning{"]", kClose},
    Meaning{"}", kClose},
    Meaning{",", kSeparator},
    Meaning{";", kSeparator},
    Meaning{"=", Operator(kComparison)},
    Meaning{"==", Operator(kComparison)},
    Meaning{"<>", Operator(kComparison)},
    Meaning{"!=", Operator(kComparison)},
    Meaning{"<", Operator(kComparison)},
    Meaning{">", Operator(kComparison)},
    Meaning{"<=", Operator(kComparison)},
    Meaning{">=", Operator(kComparison)},
    Meaning{"<=>", Operator(kComparison)},
    Meaning{"|>", Operator(kRelations)},
    Meaning{"+", Operator(kTerm)},
    Meaning{"-", Operator(kTerm)},
    Meaning{"*", Operator(kTerm)},
    Meaning{"/", Operator(kTerm)},
    Meaning{"//", Operator(kTerm)},
    Meaning{"%", Operator(kTerm)},
    Meaning{"||", Operator(kTerm)},
    Meaning{"::", Operator(kTerm)},
    Meaning{"->", Operator(kTerm)},
    Meaning{"->>", Operator(kTerm)},
    Meaning{"#>", Operator(kTerm)},
    Meaning{"#>>", Operator(kTerm)},
    Meaning{"&", Operator(kTerm)},
    Meaning{"|", Operator(kTerm)},
    Meaning{"^", Operator(kTerm)},
    Meaning{"~", Operator(kTerm)},
    Meaning{"!", Operator(kTerm)},
    Meaning{"<<", Operator(kTerm)},
    Meaning{">>", Operator(kTerm)},
    Meaning{"@>", Operator(kTerm)},
    Meaning{"<@", Operator(kTerm)},
};

Effect EffectIn(std::span<const Meaning> meanings, std::string_view text) {
  for (const Meaning& meaning : meanings) {
    if (EqualsIgnoringCase(meaning.text, text)) return meaning.effect;
  }
  return {};
}

Effect EffectOf(const SqlToken& token) {
  if (token.kind == SqlToken::Kind::kWord) return EffectIn(kWords, token.text);
  if (token.kind == SqlToken::Kind::kSymbol) return EffectIn(kSymbols, token.text);
  return {};
}

// A parenthesis that is open.
struct Level {
  std::array<size_t, kClasses> operators = {};
  bool in_from = false;

  size_t count() const { return std::accumulate(operators.begin(), operators.end(), size_t{0}); }

  // Forgets the operators that bind tighter than `loosest`; returns how many there were.
  size_t EndOperands(Class loosest) {
    const auto tighter = std::span(operators).subspan(loosest + 1);
    const size_t count = std::accumulate(tighter.begin(), tighter.end(), size_t{0});
    std::ranges::fill(tighter, 0);
    return count;
  }
};

bool IsBeforeParenthesis(const std::vector<SqlToken>& tokens, size_t index) {
  do ++index;
  while (index < tokens.size() && tokens[index].is_space());
  return index < tokens.size() && tokens[index].is_symbol("(");
}

}  // namespace

size_t SyntaxDepth(const SqlTokens& statement) {
  const std::vector<SqlToken>& tokens = statement.tokens;
  std::vector<Level> levels(1);
  size_t now = 0;
  size_t deepest = 0;
  const auto add = [&](Class operators) {
    ++levels.back().operators[operators];
    ++now;
  };
  for (size_t index = 0; index < tokens.size(); ++index) {
    const Effect effect = EffectOf(tokens[index]);
    Level& level = levels.back();
    switch (effect.kind) {
      case Effect::Kind::kNone:
        continue;
      case Effect::Kind::kOperator:
        now -= level.EndOperands(effect.operators);
        add(effect.operators);
        break;
      case Effect::Kind::kSeparator:
        now -= level.EndOperands(kRelations);
        // A list of tables is a chain of joins.
        if (level.in_from && tokens[index].is_symbol(",")) add(kRelations);
        break;
      case Effect::Kind::kAs:
        now -= level.EndOperands(kRelations);
        if (IsBeforeParenthesis(tokens, index)) add(kRelations);
        break;
      case Effect::Kind::kClause:
        now -= level.EndOperands(kRelations);
        level.in_from = effect.is_from;
        break;
      case Effect::Kind::kOpen:
        levels.emplace_back();
        ++now;
        break;
      case Effect::Kind::kClose:
        if (levels.size() == 1) break;
        now -= 1 + level.count();
        levels.pop_back();
        break;
    }
    deepest = std::max(deepest, now);
  }
  return deepest;
}

void CheckSyntaxDepth(const SqlTokens& tokens) {
  // A token is at least one byte.
  if (tokens.sql.size() <= kDeepest) return;
  const size_t found = SyntaxDepth(tokens);
  if (found <= kDeepest) return;
  throw Error(
      ErrorCode::kInvalidSql,
      fmt::format("The SQL text chains or nests too many operators: {}, where {} are allowed.",
                  found, kDeepest));
}

void CheckSyntaxDepth(std::string_view sql) {
  if (sql.size() > kDeepest) CheckSyntaxDepth(Tokenize(sql));
}

bool IsTooDeep(std::string_view sql) {
  return sql.size() > kDeepest && SyntaxDepth(Tokenize(sql)) > kDeepest;
}

}  // namespace deltaic::datafusion
