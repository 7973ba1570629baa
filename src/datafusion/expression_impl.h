#pragma once

#include <utility>
#include <vector>

#include <deltaic/datafusion/expression.h>

#include "bridge/ffi.h"

namespace deltaic::datafusion {

struct Expression::Impl {
  explicit Impl(rust::Box<bridge::Expression> made) : expression(std::move(made)) {}
  rust::Box<bridge::Expression> expression;
};

inline Expression MakeExpression(rust::Box<bridge::Expression> expression) {
  return Expression(std::make_shared<const Expression::Impl>(std::move(expression)));
}

inline rust::Box<bridge::ExpressionList> ToRust(const std::vector<Expression>& expressions) {
  rust::Box<bridge::ExpressionList> list = bridge::new_expression_list();
  for (const Expression& expression : expressions) list->push(*expression.impl().expression);
  return list;
}

}  // namespace deltaic::datafusion
