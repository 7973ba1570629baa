//! A SQL statement on its way from text to a plan. All that it names is looked up once, so that a
//! table that changes has one state in it.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::logical_expr::{
    col, lit, CreateExternalTable, DdlStatement, DmlStatement, Expr, LogicalPlan,
    LogicalPlanBuilder, TableScan, TableScanBuilder, TableType,
};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement as SqlStatement};
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{
    ShowStatementIn, ShowStatementOptions, Statement as Ast, TableFactor,
};

use crate::border::error::{code, Error, Result};
use crate::ffi::bridge::SqlEdit;
use crate::sql::definition::definition;
use crate::sql::deletion;
use crate::sql::dialect::{free_names, session_dialect};
use crate::sql::insertion::{exact_insert, put_source, take_source};
use crate::sql::sql_token::{edited_tokens, end_of};
use crate::sql::unread_clauses::check_clauses;
use crate::sql::write_target::check_targets;
use crate::tables::lookups::Lookups;
use crate::tables::row_changes::{changed_table, target_over};
use crate::tables::table_provider::{callback_table, CallbackTable};

fn parse(state: &SessionState, sql: &str, edits: Vec<SqlEdit>) -> Result<SqlStatement> {
    let dialect = session_dialect(state)?;
    let mut tokens = edited_tokens(dialect.as_ref(), sql, edits)?;
    free_names(&mut tokens);
    let end = end_of(&tokens);
    let mut parser = DFParserBuilder::new(tokens)
        .with_dialect(dialect.as_ref())
        .with_recursion_limit(state.config_options().sql_parser.recursion_limit.get())
        .build()?;
    let parsed = parser.parse_statements();
    let mut statements = parsed.map_err(|error| Error::from(error).ending_at(end))?;
    if statements.len() > 1 {
        let message = "One call takes one SQL statement; split a script first.";
        return Err(Error::new(code::NOT_IMPLEMENTED, message));
    }
    let missing = || Error::new(code::INVALID_SQL, "There is no SQL statement in the text.");
    let mut statement = statements.pop_front().ok_or_else(missing)?;
    check_clauses(&mut statement)?;
    Ok(statement)
}

/// Refuses statements that would change a table as it was: their planner drops the version.
fn refuse_versioned_target(statement: &SqlStatement) -> Result<()> {
    let SqlStatement::Statement(statement) = statement else { return Ok(()) };
    let mut targets: Vec<&TableFactor> = Vec::new();
    match statement.as_ref() {
        Ast::Update(update) => targets.push(&update.table.relation),
        Ast::Merge(merge) => targets.push(&merge.table),
        statement => {
            targets.extend(deletion::deleted_from(statement).iter().map(|table| &table.relation));
        }
    }
    for target in targets {
        if let TableFactor::Table { name, version: Some(_), .. } = target {
            return Err(unchangeable(&name.to_string()));
        }
    }
    Ok(())
}

fn unchangeable(name: &str) -> Error {
    let message = format!("A table can be changed at its newest version only: {name}");
    Error::new(code::INVALID_SQL, message)
}

/// The table of `SHOW COLUMNS FROM table`, where nothing else is asked for.
fn shown_columns(state: &SessionState, statement: &SqlStatement) -> Result<Option<TableReference>> {
    let SqlStatement::Statement(statement) = statement else { return Ok(None) };
    let name = match statement.as_ref() {
        Ast::ShowColumns {
            extended: false,
            full: false,
            show_options:
                ShowStatementOptions {
                    show_in: Some(ShowStatementIn { parent_name: Some(name), .. }),
                    starts_with: None,
                    limit: None,
                    limit_from: None,
                    filter_position: None,
                },
        } => name,
        _ => return Ok(None),
    };
    let normalize = state.config_options().sql_parser.enable_ident_normalization;
    Ok(Some(object_name_to_table_reference(name.clone(), normalize)?))
}

/// What the information schema would tell of the table's columns; it knows registered tables only.
/// Nothing for tables that are not ours.
async fn plan_shown_columns(
    state: &SessionState,
    reference: TableReference,
) -> Result<Option<LogicalPlan>> {
    let catalog = &state.config_options().catalog;
    let resolved = reference.resolve(&catalog.default_catalog, &catalog.default_schema);
    let schema = state.schema_for_ref(TableReference::from(resolved.clone()))?;
    let Some(table) = schema.table(&resolved.table).await? else { return Ok(None) };
    let Some(table) = table.downcast_ref::<CallbackTable>() else { return Ok(None) };
    let names =
        ["table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable"];
    let columns = datafusion::catalog::TableProvider::schema(table);
    let rows: Vec<Vec<Expr>> = columns
        .fields()
        .iter()
        .map(|field| {
            let nullable = if field.is_nullable() { "YES" } else { "NO" };
            vec![
                lit(resolved.catalog.as_ref()),
                lit(resolved.schema.as_ref()),
                lit(resolved.table.as_ref()),
                lit(field.name().as_str()),
                lit(field.data_type().to_string()),
                lit(nullable),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let renamed = names
        .iter()
        .enumerate()
        .map(|(index, name)| col(format!("column{}", index + 1)).alias(*name));
    Ok(Some(LogicalPlanBuilder::values(rows)?.project(renamed)?.build()?))
}

/// The changing tables in a plan that were looked up by an earlier statement: by that of a view, or
/// of a prepared one.
fn stale_tables(plan: &LogicalPlan, lookups: &Lookups) -> Result<Vec<Arc<CallbackTable>>> {
    let mut stale = Vec::new();
    plan.apply_with_subqueries(|node| {
        let source = match node {
            LogicalPlan::TableScan(scan) => Some(&scan.source),
            LogicalPlan::Dml(change) => Some(&change.target),
            _ => None,
        };
        if let Some(origin) = source.and_then(changed_table).and_then(|table| table.origin()) {
            if lookups.find(origin.identity()).is_none() {
                stale.push(origin);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(stale)
}

/// The same scan over another state of the table.
fn rescan(scan: &TableScan, table: Arc<CallbackTable>) -> DataFusionResult<TableScan> {
    let source = provider_as_source(table);
    let schema = source.schema();
    let wanted = scan.projected_schema.fields();
    let find = |name: &str, kind: &DataType| {
        let found = schema.index_of(name).ok();
        found.filter(|index| schema.field(*index).data_type() == kind).ok_or_else(|| {
            let message = format!(
                "The columns of table {} have changed since the statement was made; make it anew: {name}",
                scan.table_name
            );
            DataFusionError::from(Error::new(code::INVALID_SQL, message))
        })
    };
    let projection = wanted
        .iter()
        .map(|field| find(field.name(), field.data_type()))
        .collect::<DataFusionResult<Vec<_>>>()?;
    TableScanBuilder::new(scan.table_name.clone(), source)
        .with_projection(Some(projection))
        .with_filters(scan.filters.clone())
        .with_fetch(scan.fetch)
        .build()
}

/// The same change of another state of the table.
fn retarget(change: &DmlStatement, table: Arc<CallbackTable>) -> DataFusionResult<DmlStatement> {
    let target = target_over(&change.target, table)?;
    if target.schema().fields() != change.target.schema().fields() {
        let message = format!(
            "The columns of a table have changed since the statement was made; make it anew: {}",
            change.table_name
        );
        return Err(Error::new(code::INVALID_SQL, message).into());
    }
    let (name, op) = (change.table_name.clone(), change.op.clone());
    Ok(DmlStatement::new(name, target, op, Arc::clone(&change.input)))
}

/// The plan over what its changing tables are in this statement.
async fn bring_up_to_date(plan: LogicalPlan, lookups: &Lookups) -> Result<LogicalPlan> {
    for table in stale_tables(&plan, lookups)? {
        lookups.current(&table).await?;
    }
    let replaced = plan.transform_down_with_subqueries(|node| {
        let newer = |source| -> Result<Option<Arc<CallbackTable>>> {
            let Some(table) = changed_table(source) else { return Ok(None) };
            let current = table.origin().and_then(|origin| lookups.find(origin.identity()));
            match current {
                Some(current) if table.has_identity() => Ok(Some(current.with_identity()?)),
                current => Ok(current.filter(|current| current.identity() != table.identity())),
            }
        };
        match &node {
            LogicalPlan::TableScan(scan) => match newer(&scan.source)? {
                Some(current) => {
                    Ok(Transformed::yes(LogicalPlan::TableScan(rescan(scan, current)?)))
                }
                None => Ok(Transformed::no(node)),
            },
            LogicalPlan::Dml(change) => match newer(&change.target)? {
                Some(current) => Ok(Transformed::yes(LogicalPlan::Dml(retarget(change, current)?))),
                None => Ok(Transformed::no(node)),
            },
            _ => Ok(Transformed::no(node)),
        }
    })?;
    Ok(replaced.data)
}

/// Refuses plans that change what cannot be changed; DataFusion's own words name no reason.
fn check_target(state: &SessionState, plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Dml(change) => match callback_table(&change.target) {
            Some(table) if table.is_versioned() => {
                Err(unchangeable(&change.table_name.to_string()))
            }
            _ => Ok(()),
        },
        LogicalPlan::Ddl(DdlStatement::DropTable(drop)) if !drop.if_exists => {
            let schema = state.schema_for_ref(drop.name.clone())?;
            if schema.table_exist(drop.name.table()) {
                return Ok(());
            }
            let message = format!("There is no such table registered to drop: {}", drop.name);
            Err(Error::new(code::INVALID_SQL, message))
        }
        _ => Ok(()),
    }
}

/// All tables that a statement names.
fn names_of(state: &SessionState, statement: &SqlStatement) -> Result<Vec<TableReference>> {
    let mut names = state.resolve_table_references(statement)?;
    names.extend(shown_columns(state, statement)?);
    Ok(names)
}

async fn plan(state: &SessionState, mut statement: SqlStatement) -> Result<LogicalPlan> {
    if let Some(rows) = deletion::take_rows(&mut statement)? {
        let rows = state.statement_to_plan(rows).await?;
        return deletion::put_rows(state.statement_to_plan(statement).await?, rows);
    }
    let mut source = take_source(&mut statement);
    let rows = match source.query.take() {
        Some(query) => {
            let rows = state.statement_to_plan(query).await?;
            put_source(&mut statement, rows.schema().fields().len());
            Some(rows)
        }
        None => None,
    };
    if let Some(name) = shown_columns(state, &statement)? {
        if let Some(plan) = plan_shown_columns(state, name).await? {
            return Ok(plan);
        }
    }
    exact_insert(state.statement_to_plan(statement).await?, &source, rows)
}

/// Makes the new table before the old one goes; DataFusion would drop that first.
async fn replace_table(context: &SessionContext, new: &CreateExternalTable) -> Result<DataFrame> {
    let state = context.state();
    let factory = state.table_factories().get(&new.file_type.to_uppercase()).cloned();
    let factory = factory.ok_or_else(|| {
        let message = format!("There is no such kind of external table: {}", new.file_type);
        Error::new(code::INVALID_SQL, message)
    })?;
    let table = factory.create(&state, new).await?;
    let schema = state.schema_for_ref(new.name.clone())?;
    if schema.table_type(new.name.table()).await? == Some(TableType::Base) {
        schema.deregister_table(new.name.table())?;
    }
    schema.register_table(new.name.table().to_string(), table)?;
    Ok(DataFrame::new(state, LogicalPlanBuilder::empty(false).build()?))
}

/// Plans a statement, read with the edits, and runs what of it takes effect at once. It may not write files into folders of the
/// names `protected`.
pub async fn run_sql(
    context: SessionContext,
    sql: String,
    edits: Vec<SqlEdit>,
    protected: Vec<String>,
) -> Result<DataFrame> {
    let state = context.state();
    let statement = parse(&state, &sql, edits)?;
    refuse_versioned_target(&statement)?;
    let definition = match &statement {
        SqlStatement::CreateExternalTable(new) => Some(definition(new)),
        _ => None,
    };
    let lookups = Arc::new(Lookups::default().naming(&names_of(&state, &statement)?));
    let planning = async {
        let plan = plan(&state, statement).await?;
        bring_up_to_date(plan, &lookups).await
    };
    let mut plan = Lookups::during(Some(Arc::clone(&lookups)), planning).await?;
    check_target(&state, &plan)?;
    check_targets(&plan, &protected)?;
    if let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(new)) = &mut plan {
        new.definition = definition;
        if new.or_replace && !new.if_not_exists && !new.temporary {
            return replace_table(&context, new).await;
        }
    }
    let is_prepared =
        matches!(&plan, LogicalPlan::Statement(datafusion::logical_expr::Statement::Execute(_)));
    let frame = context.execute_logical_plan(plan).await?;
    if !is_prepared {
        return Ok(frame);
    }
    let (state, plan) = frame.into_parts();
    Ok(DataFrame::new(state, bring_up_to_date(plan, &lookups).await?))
}
