//! `PhysicalOptimizer`: DataFusion's rules, with a guard around those that give wrong plans.

use std::sync::Arc;

use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_optimizer::PhysicalOptimizerRule;

use crate::plan::filter_pushdown::{ByPosition, FILTER_RULES};
use crate::plan::projection_pushdown::{PastFilteredJoins, PROJECTION_RULE};

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

pub fn physical_rules() -> Vec<Rule> {
    let guard = |rule: Rule| -> Rule {
        match rule.name() {
            name if name.starts_with(FILTER_RULES) => Arc::new(ByPosition(rule)),
            PROJECTION_RULE => Arc::new(PastFilteredJoins(rule)),
            _ => rule,
        }
    };
    PhysicalOptimizer::default().rules.into_iter().map(guard).collect()
}

#[cfg(test)]
mod tests {
    use std::any::Any;

    use super::*;

    fn names<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> Vec<String> {
        rules.into_iter().map(|rule| rule.name().to_string()).collect()
    }

    #[test]
    fn the_rules_are_those_of_datafusion_some_of_them_guarded() {
        let rules = physical_rules();
        assert_eq!(names(&rules), names(&PhysicalOptimizer::default().rules));
        let any = |rule: &Rule| -> Arc<dyn Any> {
            Arc::<dyn PhysicalOptimizerRule + Send + Sync>::clone(rule)
        };
        let filters = rules.iter().filter(|rule| any(rule).is::<ByPosition>());
        assert_eq!(names(filters), ["FilterPushdown", "FilterPushdown(Post)"]);
        let projections = rules.iter().filter(|rule| any(rule).is::<PastFilteredJoins>());
        assert_eq!(names(projections), ["ProjectionPushdown", "ProjectionPushdown"]);
    }
}
