//! The tables that a statement names: each is looked up once, so that one that changes has one state.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::TableReference;

use crate::border::error::Result;
use crate::tables::table_provider::CallbackTable;

/// The tables that a statement has looked up, by the identity of what it names.
#[derive(Default)]
pub struct Lookups {
    current: Arc<Mutex<HashMap<usize, Arc<CallbackTable>>>>,
    /// The names that have a schema before them in it: a schema is asked for the last part alone.
    qualified: HashSet<String>,
}

tokio::task_local! {
    static LOOKUPS: Arc<Lookups>;
}

impl Lookups {
    /// Those of the statement that is being planned, if there is one.
    pub fn here() -> Option<Arc<Self>> {
        LOOKUPS.try_with(Arc::clone).ok()
    }

    /// Runs `body` as part of that statement.
    pub async fn during<T>(lookups: Option<Arc<Self>>, body: impl Future<Output = T>) -> T {
        match lookups {
            Some(lookups) => LOOKUPS.scope(lookups, body).await,
            None => body.await,
        }
    }

    /// The same tables for a part of the statement that has these names.
    pub fn naming<'a>(&self, names: impl IntoIterator<Item = &'a TableReference>) -> Self {
        let qualified = names.into_iter().filter(|name| name.schema().is_some());
        let qualified = qualified.map(|name| name.table().to_string()).collect();
        Self { current: Arc::clone(&self.current), qualified }
    }

    /// Whether a table of that name has a schema before it in the statement.
    pub fn is_qualified(&self, name: &str) -> bool {
        self.qualified.contains(name)
    }

    /// What the table of that identity is in this statement, if it was looked up.
    pub fn find(&self, identity: usize) -> Option<Arc<CallbackTable>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).get(&identity).cloned()
    }

    /// What `table` is in this statement.
    pub async fn current(&self, table: &Arc<CallbackTable>) -> Result<Arc<CallbackTable>> {
        if let Some(found) = self.find(table.identity()) {
            return Ok(found);
        }
        let current = Arc::clone(table).current().await?;
        let mut all = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(table.identity()).or_insert(current)))
    }
}
