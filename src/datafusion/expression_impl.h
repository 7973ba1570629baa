#pragma once

#include <string>
#include <utility>
#include <vector>

#include <deltaic/datafusion/expression.h>

#include "bridge/ffi.h"
#include "datafusion/bridge_call.h"

namespace deltaic::datafusion {

struct Expression::Impl {
  Impl(rust::Box<bridge::Expression> made, const bridge::ExpressionFacts& facts)
      : expression(std::move(made)),
        columns(FromRust(facts.columns)),
        is_deterministic(facts.is_deterministic),
        is_infallible(facts.is_infallible) {}

  rust::Box<bridge::Expression> expression;
  std::vector<std::string> columns;
  bool is_deterministic;
  bool is_infallible;
};

inline Expression MakeExpression(rust::Box<bridge::Expression> expression) {
  const bridge::ExpressionFacts facts = expression->facts();
  return Expression(std::make_shared<const Expression::Impl>(std::move(expression), facts));
}

inline rust::Box<bridge::ExpressionList> ToRust(const std::vector<Expression>& expressions) {
  rust::Box<bridge::ExpressionList> list = bridge::new_expression_list();
  for (const Expression& expression : expressions) list->push(*expression.impl().expression);
  return list;
}

}  // namespace deltaic::datafusion
