//! Where `CopyTo` and `INSERT INTO` a `ListingTable` write files.

use std::path::Path;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::listing::{ListingTable, ListingTableUrl};
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::{LogicalPlan, WriteOp};

use crate::border::error::{code, Error, Result};

/// Refuses a plan that writes files into a folder of one of these names, or below one.
pub fn check_targets(plan: &LogicalPlan, protected: &[String]) -> Result<()> {
    let mut targets = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::Copy(copy) => targets.push(ListingTableUrl::parse(&copy.output_url)?),
            LogicalPlan::Dml(change) if matches!(change.op, WriteOp::Insert(_)) => {
                let table = source_as_provider(&change.target)?;
                if let Some(files) = table.downcast_ref::<ListingTable>() {
                    targets.extend(files.table_paths().iter().cloned());
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    for target in targets {
        if let Some(folder) = protected.iter().find(|folder| is_within(&target, folder)) {
            let message = format!(
                "No statement may write files into a folder of the name {folder}: {}",
                target.as_str()
            );
            return Err(Error::new(code::INVALID_ARGUMENT, message));
        }
    }
    Ok(())
}

fn is_within(target: &ListingTableUrl, folder: &str) -> bool {
    target.prefix().parts().any(|part| part.as_ref() == folder)
        || local_path(target).is_some_and(|path| {
            path.components().any(|part| part.as_os_str().to_string_lossy() == folder)
        })
}

/// The path without links, as far as it is there.
fn local_path(target: &ListingTableUrl) -> Option<std::path::PathBuf> {
    if target.scheme() != "file" {
        return None;
    }
    let path = target.get_url().to_file_path().ok()?;
    path.ancestors().find_map(|there: &Path| there.canonicalize().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_in_every_spelling() -> Result<()> {
        for (target, expected) in [
            ("/t/_log/x.csv", true),
            ("/t/_log/", true),
            ("/t/_log", true),
            ("/t/a/../_log/b/x.csv", true),
            ("file:///t/%5Flog/x.csv", true),
            ("file:///t/_%6C%6Fg/x.csv", true),
            ("_log/x.csv", true),
            ("./_log/x.csv", true),
            ("s3://bucket/t/_log/x.parquet", true),
            ("s3://bucket/t/a/%2E%2E/_log/x.parquet", true),
            ("/t/_log/../x.csv", false),
            ("/t/_logs/x.csv", false),
            ("/t/x_log", false),
            ("s3://bucket/t/x.parquet", false),
        ] {
            let found = is_within(&ListingTableUrl::parse(target)?, "_log");
            assert_eq!(found, expected, "{target}");
        }
        Ok(())
    }
}
