//! What statistics are about: a column, or a field of a struct column at any depth.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The column's name, then those of the fields.
    pub path: Vec<String>,
    pub data_type: DataType,
}

impl Leaf {
    pub fn of(expression: &dyn PhysicalExpr, schema: &Schema) -> Option<Self> {
        if let Some(column) = expression.downcast_ref::<Column>() {
            let field = schema.fields().get(column.index())?;
            return Some(Self {
                path: vec![field.name().clone()],
                data_type: field.data_type().clone(),
            });
        }
        let call = expression.downcast_ref::<ScalarFunctionExpr>()?;
        let (base, names) = call.args().split_first()?;
        if call.fun().name() != "get_field" {
            return None;
        }
        let mut leaf = Self::of(base.as_ref(), schema)?;
        for name in names {
            let name = name.downcast_ref::<Literal>()?.value().try_as_str()??;
            let DataType::Struct(fields) = &leaf.data_type else { return None };
            let (_, field) = fields.find(name)?;
            let data_type = field.data_type().clone();
            leaf.path.push(name.to_string());
            leaf.data_type = data_type;
        }
        Some(leaf)
    }

    pub fn is_float(&self) -> bool {
        self.data_type.is_floating()
    }

    /// All of them in `expression`.
    pub fn all(expression: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<Vec<Self>> {
        let mut leaves = Vec::new();
        expression.apply(|node| {
            Ok(match Self::of(node.as_ref(), schema) {
                Some(leaf) => {
                    if !leaves.contains(&leaf) {
                        leaves.push(leaf);
                    }
                    TreeNodeRecursion::Jump
                }
                None => TreeNodeRecursion::Continue,
            })
        })?;
        Ok(leaves)
    }

    /// `expression` with what `replacement` gives in place of its leaves.
    pub fn replace_all(
        expression: &Arc<dyn PhysicalExpr>,
        schema: &Schema,
        mut replacement: impl FnMut(&Self, &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let replaced = Arc::clone(expression).transform_down(|node| {
            Ok(match Self::of(node.as_ref(), schema) {
                Some(leaf) => match replacement(&leaf, &node) {
                    Some(new) => Transformed::new(new, true, TreeNodeRecursion::Jump),
                    None => Transformed::new(node, false, TreeNodeRecursion::Jump),
                },
                None => Transformed::no(node),
            })
        })?;
        Ok(replaced.data)
    }
}
