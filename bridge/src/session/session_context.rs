//! `SessionContext`.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cxx::{SharedPtr, UniquePtr};
use datafusion::arrow::array::RecordBatchReader;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{TableReference, ToDFSchema};
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::prelude::{ident, SessionConfig, SessionContext};

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::border::runtime::{self, Birthplace};
use crate::columnar::arrow_border::import_stream;
use crate::ffi::bridge::{
    ArrowArrayStream, CatalogCallback, FactoryCallback, FunctionCallback, Pair, ResolverCallback,
    RowsCallback, SqlEdit, SqlPlace, SqlTokens, TableCallback, TableScan,
};
use crate::frames::data_frame::{run, Frame};
use crate::frames::stream::export_stream;
use crate::plan::physical_rules::physical_rules;
use crate::scan::list_names::ListNames;
use crate::sql::dialect::session_dialect;
use crate::sql::relation_planner::{Functions, SessionRelations};
use crate::sql::row_expression::parse_row_expression;
use crate::sql::sql_token::tokens_of;
use crate::sql::statement::run_sql;
use crate::tables::catalog_provider::{CallbackCatalog, Resolver, SessionCatalogs};
use crate::tables::file_tables::{FileTables, StateReference};
use crate::tables::row_changes::{changed_table, RowChanges};
use crate::tables::row_table::RowTable;
use crate::tables::table_factory::CallbackFactory;
use crate::tables::table_function::{FunctionCall, NamedFunction};
use crate::tables::table_provider::CallbackTable;
use crate::variant::{variant_functions, VariantOperator};

/// Settings of the runtime environment; they are set by statement once the session is there.
const RUNTIME_PREFIX: &str = "datafusion.runtime.";

pub struct Session {
    context: SessionContext,
    resolver: Resolver,
    functions: Functions,
    /// Names of folders that no statement writes files into.
    protected: RwLock<Vec<String>>,
    /// Held while a name is given from one table to another.
    replacing: Mutex<()>,
    /// The catalog that tables are registered in.
    own_catalog: String,
    birthplace: Birthplace,
}

pub fn new_session(settings: Vec<Pair>) -> Result<Box<Session>> {
    guard(|| {
        let mut config = SessionConfig::from_env()?
            .with_information_schema(true)
            .with_target_partitions(runtime::worker_threads());
        let (runtime_settings, settings): (Vec<_>, Vec<_>) =
            settings.into_iter().partition(|pair| pair.key.starts_with(RUNTIME_PREFIX));
        // DataFusion 55.2 loses rows by it: of several minima and maxima it forgets those that are
        // still unknown, and skips what only they need.
        config.options_mut().optimizer.enable_aggregate_dynamic_filter_pushdown = false;
        for pair in settings {
            config.options_mut().set(&pair.key, &pair.value)?;
        }
        let own_catalog = config.options().catalog.default_catalog.clone();
        let env = RuntimeEnvBuilder::new().build_arc()?;
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(env)
            .with_default_features()
            .with_optimizer_rules(optimizer_rules())
            .with_physical_optimizer_rules(physical_rules())
            .build();
        let mut context = SessionContext::new_with_state(state);
        for pair in runtime_settings {
            let value = pair.value.replace('\'', "''");
            let statement = format!("SET {} = '{value}'", pair.key);
            runtime::wait(async { Ok(context.sql(&statement).await?) })?;
        }
        let (resolver, functions) = (Resolver::default(), Functions::default());
        // The state holds the planner: a strong reference would keep both for ever.
        let state = context.state_weak_ref();
        let state: StateReference =
            Arc::new(move || state.upgrade().map(|state| state.read().clone()));
        let catalogs = context.state().catalog_list().clone();
        let files = FileTables::new(Arc::clone(&state));
        let catalogs = SessionCatalogs::new(catalogs, resolver.clone(), files);
        context.register_catalog_list(Arc::new(catalogs));
        let planner = SessionRelations::new(functions.clone(), resolver.clone(), state);
        context.register_relation_planner(Arc::new(planner))?;
        for function in variant_functions() {
            context.register_udf(function.as_ref().clone());
        }
        context.register_expr_planner(Arc::new(VariantOperator))?;
        context.register_function_rewrite(Arc::new(ListNames))?;
        let birthplace = Birthplace::here();
        let protected = RwLock::default();
        let replacing = Mutex::new(());
        Ok(Box::new(Session {
            context,
            resolver,
            functions,
            protected,
            replacing,
            own_catalog,
            birthplace,
        }))
    })
}

/// DataFusion's rules, and before them that for statements that change rows.
fn optimizer_rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = vec![Arc::new(RowChanges)];
    rules.extend(Optimizer::new().rules);
    rules
}

impl Session {
    fn verb<T>(&self, body: impl FnOnce() -> Result<T>) -> Result<T> {
        guard(|| {
            self.birthplace.check()?;
            body()
        })
    }

    fn replace_table(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        let _alone = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let name = TableReference::bare(name);
        self.context.deregister_table(name.clone())?;
        self.context.register_table(name, table)?;
        Ok(())
    }

    pub fn register_table(&self, name: &str, table: SharedPtr<TableCallback>) -> Result<()> {
        self.verb(|| {
            let table = Arc::new(CallbackTable::new(table)?);
            self.replace_table(name, table)
        })
    }

    /// # Safety
    /// `stream` points to a valid Arrow C stream, which is taken over.
    pub unsafe fn register_stream(&self, name: &str, stream: *mut ArrowArrayStream) -> Result<()> {
        self.verb(|| {
            let reader = import_stream(stream)?;
            let schema = reader.schema();
            let batches = reader.collect::<std::result::Result<Vec<_>, _>>()?;
            let table = Arc::new(MemTable::try_new(schema, vec![batches])?);
            self.replace_table(name, table)
        })
    }

    /// Whether a query changes a C++ table when it runs.
    pub fn changes_table(&self, frame: &Frame) -> Result<bool> {
        self.verb(|| {
            let (_, plan) = frame.parts()?;
            let plan = match &plan {
                LogicalPlan::Analyze(analyzed) => analyzed.input.as_ref(),
                plan => plan,
            };
            Ok(match plan {
                LogicalPlan::Dml(change) => changed_table(&change.target).is_some(),
                _ => false,
            })
        })
    }

    /// The C++ table that SQL knows by that name; null if there is none.
    pub fn find_table(&self, name: &str) -> Result<SharedPtr<TableCallback>> {
        self.verb(|| {
            FunctionCall::new(Vec::new(), None, Some(self.context.state()), None).find_table(name)
        })
    }

    pub fn deregister_table(&self, name: &str) -> Result<bool> {
        self.verb(|| Ok(self.context.deregister_table(TableReference::bare(name))?.is_some()))
    }

    pub fn set_resolver(&self, resolver: UniquePtr<ResolverCallback>) -> Result<()> {
        self.verb(|| {
            self.resolver.set(resolver);
            Ok(())
        })
    }

    pub fn register_catalog(&self, name: &str, catalog: UniquePtr<CatalogCallback>) -> Result<()> {
        self.verb(|| {
            if name.is_empty() {
                return Err(Error::new(code::INVALID_ARGUMENT, "A catalog needs a name."));
            }
            if name == self.own_catalog {
                let message = format!("The session's own catalog cannot be replaced: {name}");
                return Err(Error::new(code::INVALID_ARGUMENT, message));
            }
            self.context.register_catalog(name, Arc::new(CallbackCatalog::new(name, catalog)));
            Ok(())
        })
    }

    pub fn register_function(
        &self,
        name: &str,
        function: UniquePtr<FunctionCallback>,
    ) -> Result<()> {
        self.verb(|| {
            let function = Arc::new(NamedFunction::new(name, function));
            self.context.register_udtf(name, function.clone());
            let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
            functions.insert(name.to_lowercase(), function);
            Ok(())
        })
    }

    pub fn register_factory(
        &self,
        format: &str,
        factory: UniquePtr<FactoryCallback>,
    ) -> Result<()> {
        self.verb(|| {
            let state = self.context.state_ref();
            let mut state = state.write();
            let factory = Arc::new(CallbackFactory::new(factory));
            state.table_factories_mut().insert(format.to_uppercase(), factory);
            Ok(())
        })
    }

    pub fn protect_folder(&self, name: &str) -> Result<()> {
        self.verb(|| {
            let mut protected = self.protected.write().unwrap_or_else(PoisonError::into_inner);
            protected.push(name.to_string());
            Ok(())
        })
    }

    /// The value of a setting; empty if it has none.
    pub fn setting(&self, name: &str) -> Result<String> {
        self.verb(|| {
            let entries = self.context.state().config_options().entries();
            let entry = entries.into_iter().find(|entry| entry.key == name).ok_or_else(|| {
                Error::new(code::INVALID_ARGUMENT, format!("There is no setting {name}."))
            })?;
            Ok(entry.value.unwrap_or_default())
        })
    }

    pub fn tokenize(&self, sql: &str) -> Result<SqlTokens> {
        self.verb(|| Ok(tokens_of(session_dialect(&self.context.state())?.as_ref(), sql)))
    }

    pub fn sql(&self, sql: &str, edits: Vec<SqlEdit>, place: &mut SqlPlace) -> Result<Box<Frame>> {
        let frame = self.verb(|| {
            let protected = self.protected.read().unwrap_or_else(PoisonError::into_inner).clone();
            let frame = run_sql(self.context.clone(), sql.to_string(), edits, protected);
            Ok(Box::new(Frame::new(runtime::wait(runtime::spawn(frame))?)))
        });
        frame.map_err(|mut error| {
            *place = error.take_place();
            error
        })
    }

    pub fn read_table(&self, table: SharedPtr<TableCallback>) -> Result<Box<Frame>> {
        self.verb(|| {
            let table = Arc::new(CallbackTable::new(table)?);
            Ok(Box::new(Frame::new(self.context.read_table(table)?)))
        })
    }

    pub fn read_rows(&self, rows: SharedPtr<RowsCallback>) -> Result<Box<Frame>> {
        self.verb(|| {
            let table = Arc::new(RowTable::new(rows)?);
            Ok(Box::new(Frame::new(self.context.read_table(table)?)))
        })
    }

    /// Reads a table without a query around it.
    ///
    /// # Safety
    /// `out` points to memory for an `ArrowArrayStream`.
    pub unsafe fn scan_table(
        &self,
        table: SharedPtr<TableCallback>,
        scan: TableScan,
        out: *mut ArrowArrayStream,
    ) -> Result<()> {
        self.verb(|| {
            let table = Arc::new(CallbackTable::new(table)?);
            let mut predicates = Vec::with_capacity(scan.predicates.len());
            if !scan.predicates.is_empty() {
                let schema = table.schema().to_dfschema()?;
                for sql in &scan.predicates {
                    predicates.push(parse_row_expression(&self.context, sql, &schema)?);
                }
            }
            let columns = (!scan.all_columns).then_some(scan.columns);
            let context = self.context.clone();
            let rows = runtime::spawn(async move {
                let predicate = conjunction(predicates);
                let state = context.state();
                let plan = match predicate {
                    // A query in it needs a planner.
                    Some(predicate) if has_query(&predicate)? => {
                        let mut frame = context.read_table(table)?.filter(predicate)?;
                        if let Some(columns) = columns {
                            frame = frame.select(columns.into_iter().map(ident))?;
                        }
                        frame.create_physical_plan().await?
                    }
                    predicate => table.read(&state, columns.as_deref(), predicate).await?,
                };
                Ok::<_, Error>(run(plan, state.task_ctx())?)
            });
            let (stream, stop) = runtime::wait(rows)?;
            export_stream(stream.schema(), stream, Some(stop), out)
        })
    }
}

fn has_query(predicate: &Expr) -> Result<bool> {
    Ok(predicate.exists(|node| {
        Ok(matches!(
            node,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::SetComparison(_)
        ))
    })?)
}
