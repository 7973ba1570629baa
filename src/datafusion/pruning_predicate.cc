#include <deltaic/datafusion/pruning_predicate.h>

#include "datafusion/bridge_call.h"
#include "datafusion/expression_impl.h"

namespace deltaic::datafusion {

struct PruningPredicate::Impl {
  explicit Impl(rust::Box<bridge::PruningPredicate> made)
      : predicate(std::move(made)), columns(FromRust(predicate->columns())) {}
  rust::Box<bridge::PruningPredicate> predicate;
  std::vector<std::string> columns;
};

PruningPredicate::PruningPredicate(const std::vector<Expression>& filters, const Schema& schema)
    : impl_(Call([&] {
        OutgoingSchema columns(schema);
        return std::make_shared<const Impl>(
            bridge::new_pruning_predicate(*ToRust(filters), columns.get()));
      })) {}

bool PruningPredicate::always_true() const { return impl_->predicate->always_true(); }

const std::vector<std::string>& PruningPredicate::columns() const { return impl_->columns; }

std::vector<uint8_t> PruningPredicate::MayMatch(const RecordBatch& statistics) const {
  return Call([&] {
    OutgoingBatch containers(statistics);
    rust::Vec<uint8_t> kept;
    impl_->predicate->may_match(containers.schema(), containers.array(), kept);
    return std::vector<uint8_t>(kept.begin(), kept.end());
  });
}

}  // namespace deltaic::datafusion
