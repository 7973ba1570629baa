//! Clauses that the parser reads and the planner passes over without a word: a query that has one gets
//! an error and not an answer to another question.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    GroupByExpr, JoinConstraint, JoinOperator, Query, Select, SelectFlavor, SelectItem,
    TableFactor, TableWithJoins, VisitMut, VisitorMut, WildcardAdditionalOptions,
};

use crate::border::error::{code, Error, Result};

type Found = ControlFlow<String>;

fn refuse_if(is_there: bool, clause: &str) -> Found {
    match is_there {
        true => ControlFlow::Break(clause.to_string()),
        false => ControlFlow::Continue(()),
    }
}

/// Finds clauses that are not supported, and gives `FROM t` without a SELECT the columns of `*`.
struct Clauses;

impl Clauses {
    fn wildcard(options: &WildcardAdditionalOptions) -> Found {
        refuse_if(options.opt_ilike.is_some(), "* ILIKE")
    }

    fn group_by(group_by: &GroupByExpr) -> Found {
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = group_by;
        match modifiers.first() {
            Some(modifier) => ControlFlow::Break(format!(
                "{modifier} after GROUP BY; write GROUP BY ROLLUP (…), CUBE (…) or GROUPING SETS (…): it"
            )),
            None => ControlFlow::Continue(()),
        }
    }

    /// The planner takes the left side's column for the key of such a join, which is null where the row
    /// is of the right side alone.
    fn joins(tables: &TableWithJoins) -> Found {
        for join in &tables.joins {
            let (JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)) = &join.join_operator
            else {
                continue;
            };
            let merges_keys =
                matches!(constraint, JoinConstraint::Using(_) | JoinConstraint::Natural);
            refuse_if(
                merges_keys,
                "A RIGHT or FULL JOIN with USING or NATURAL; write ON a.k = b.k, and coalesce(a.k, b.k) \
                 for the key: it",
            )?;
        }
        ControlFlow::Continue(())
    }
}

impl VisitorMut for Clauses {
    type Break = String;

    fn pre_visit_query(&mut self, query: &mut Query) -> Found {
        refuse_if(query.for_clause.is_some(), "FOR XML, JSON or BROWSE")?;
        refuse_if(query.settings.is_some(), "SETTINGS")?;
        refuse_if(query.format_clause.is_some(), "FORMAT")?;
        refuse_if(!query.locks.is_empty(), "FOR UPDATE or FOR SHARE")
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> Found {
        if matches!(select.flavor, SelectFlavor::FromFirstNoSelect) && select.projection.is_empty()
        {
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        refuse_if(select.prewhere.is_some(), "PREWHERE")?;
        refuse_if(!select.connect_by.is_empty(), "CONNECT BY")?;
        refuse_if(!select.distribute_by.is_empty(), "DISTRIBUTE BY")?;
        refuse_if(select.value_table_mode.is_some(), "SELECT AS STRUCT or AS VALUE")?;
        Self::group_by(&select.group_by)?;
        for item in &select.projection {
            if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item
            {
                Self::wildcard(options)?;
            }
        }
        select.from.iter().try_for_each(Self::joins)
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> Found {
        match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => Self::joins(table_with_joins),
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Refuses a statement with such a clause, and completes `FROM t`.
pub fn check_clauses(statement: &mut Statement) -> Result<()> {
    let found = match statement {
        Statement::Statement(statement) => statement.visit(&mut Clauses),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(&mut Clauses),
            CopyToSource::Relation(_) => return Ok(()),
        },
        Statement::Explain(explain) => return check_clauses(&mut explain.statement),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => return Ok(()),
    };
    match found {
        ControlFlow::Break(clause) => {
            Err(Error::new(code::NOT_IMPLEMENTED, format!("{clause} is not supported.")))
        }
        ControlFlow::Continue(()) => Ok(()),
    }
}
