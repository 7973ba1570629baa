#pragma once

// Expressions of the engine as opaque values: C++ makes them from SQL text or receives them from
// a query, asks for their text and columns, and hands them back for evaluation.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <deltaic/base/export.h>
#include <deltaic/columnar/record_batch.h>
#include <deltaic/columnar/schema.h>

namespace deltaic::datafusion {

/// An immutable expression over named columns. Cheap to copy; safe to share between threads.
class DELTAIC_EXPORT Expression {
 public:
  /// Parses SQL text ("x > 5 AND p = 'a'") against the columns of `schema`. Column names keep
  /// their case. Throws `kInvalidSql`.
  static Expression Parse(std::string_view sql, const Schema& schema);

  /// As `Parse`, of text as Spark means it: `x` is a name, "x" and 'x' are texts. Names are found
  /// exactly, or else without regard to case where one is left; a.b is a field of a struct. Whole
  /// numbers are divided as doubles. Throws `kUnsupportedFeature` naming a function that is not
  /// there, or that means another thing here.
  static Expression ParseSpark(std::string_view sql, const Schema& schema);

  /// The column of exactly that name.
  static Expression Column(std::string_view name);

  /// Human-readable text.
  std::string ToString() const;

  /// Names of the columns it refers to, each once, sorted.
  const std::vector<std::string>& columns() const;

  /// Whether it is free of volatile functions and subqueries, so that it may be evaluated early
  /// and more than once.
  bool is_deterministic() const;

  /// Whether it has a value (true, false, null, …) whatever its columns hold: it is made of
  /// comparisons and logic alone.
  bool is_infallible() const;

  struct Impl;
  explicit Expression(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Evaluates the conjunction of `filters` for each row of `batch`, whose columns they name.
/// Returns one byte a row: 1 where all filters are true, 0 where one is false or null.
DELTAIC_EXPORT std::vector<uint8_t> EvaluateFilters(const std::vector<Expression>& filters,
                                                    const RecordBatch& batch);

}  // namespace deltaic::datafusion
