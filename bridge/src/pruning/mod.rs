//! Which containers can hold a row that satisfies a predicate: each subexpression gets the range of
//! its values in every container at once, from the ranges of the columns up.

mod arithmetic;
mod case;
mod comparison;
mod condition;
mod constant;
mod container_statistics;
mod evaluator;
mod flags;
mod function;
mod in_list;
mod leaf;
mod monotonic;
mod nan;
mod prefix;
pub mod pruning_predicate;
mod truth;
mod value_range;

pub use condition::Condition;
pub use container_statistics::ContainerStatistics;
pub use leaf::Leaf;
pub use nan::{conjuncts, disjuncts, not_nan};
