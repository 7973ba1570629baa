//! `PhysicalExpr`: one that wraps another, and does as that does but for a few things.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::error::Result;
use datafusion::logical_expr::sort_properties::ExprProperties;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;

/// What a wrapper does otherwise than the expression that it wraps, its operand.
pub trait Wrapper: Clone + fmt::Debug + Eq + Hash + Send + Sync + 'static {
    /// Whether values keep their order and their range.
    const KEEPS_PROPERTIES: bool = false;

    fn evaluate(
        &self,
        operand: &Arc<dyn PhysicalExpr>,
        batch: &RecordBatch,
    ) -> Result<ColumnarValue>;

    /// The field of its values, where that is not the operand's.
    fn field(&self) -> Option<FieldRef> {
        None
    }

    fn nullable(&self, operand: &Arc<dyn PhysicalExpr>, schema: &Schema) -> Result<bool> {
        match self.field() {
            Some(field) => Ok(field.is_nullable()),
            None => operand.nullable(schema),
        }
    }

    fn display(&self, operand: &Arc<dyn PhysicalExpr>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(operand, f)
    }

    fn fmt_sql(&self, operand: &Arc<dyn PhysicalExpr>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        operand.fmt_sql(f)
    }
}

#[derive(Debug)]
pub struct Wrapped<W> {
    operand: Arc<dyn PhysicalExpr>,
    wrapper: W,
}

impl<W: Wrapper> Wrapped<W> {
    /// The operand in the wrapper.
    pub fn expression(operand: Arc<dyn PhysicalExpr>, wrapper: W) -> Arc<dyn PhysicalExpr> {
        Arc::new(Self { operand, wrapper })
    }
}

impl<W: Wrapper> PartialEq for Wrapped<W> {
    fn eq(&self, other: &Self) -> bool {
        self.operand.eq(&other.operand) && self.wrapper == other.wrapper
    }
}

impl<W: Wrapper> Eq for Wrapped<W> {}

impl<W: Wrapper> Hash for Wrapped<W> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operand.hash(state);
        self.wrapper.hash(state);
    }
}

impl<W: Wrapper> fmt::Display for Wrapped<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wrapper.display(&self.operand, f)
    }
}

impl<W: Wrapper> PhysicalExpr for Wrapped<W> {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        match self.wrapper.field() {
            Some(field) => Ok(field),
            None => self.operand.return_field(schema),
        }
    }

    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        match self.wrapper.field() {
            Some(field) => Ok(field.data_type().clone()),
            None => self.operand.data_type(schema),
        }
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.wrapper.nullable(&self.operand, schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.wrapper.evaluate(&self.operand, batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.operand]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let operand = children.pop().unwrap_or_else(|| Arc::clone(&self.operand));
        Ok(Self::expression(operand, self.wrapper.clone()))
    }

    fn get_properties(&self, children: &[ExprProperties]) -> Result<ExprProperties> {
        match children {
            [operand] if W::KEEPS_PROPERTIES => Ok(operand.clone()),
            _ => Ok(ExprProperties::new_unknown()),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wrapper.fmt_sql(&self.operand, f)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;
    use datafusion::physical_expr::expressions::{lit, Column};
    use datafusion::scalar::ScalarValue;

    use super::*;

    /// Yields its name in place of the operand where it has one.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Label(Option<&'static str>);

    impl Wrapper for Label {
        fn evaluate(
            &self,
            operand: &Arc<dyn PhysicalExpr>,
            batch: &RecordBatch,
        ) -> Result<ColumnarValue> {
            match self.0 {
                Some(name) => Ok(ColumnarValue::Scalar(ScalarValue::from(name))),
                None => operand.evaluate(batch),
            }
        }

        fn field(&self) -> Option<FieldRef> {
            self.0.map(|name| Arc::new(Field::new(name, DataType::Utf8, false)))
        }
    }

    #[test]
    fn what_a_wrapper_leaves_open_is_the_operands() -> Result<()> {
        let schema = Schema::new(vec![Field::new("x", DataType::Int64, true)]);
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("x", 0));
        let plain = Wrapped::expression(Arc::clone(&column), Label(None));
        assert_eq!(plain.to_string(), column.to_string());
        assert_eq!(plain.return_field(&schema)?, column.return_field(&schema)?);
        assert_eq!((plain.data_type(&schema)?, plain.nullable(&schema)?), (DataType::Int64, true));
        let named = Wrapped::expression(Arc::clone(&column), Label(Some("a")));
        assert_eq!((named.data_type(&schema)?, named.nullable(&schema)?), (DataType::Utf8, false));
        assert_eq!(named.children(), [&column]);
        Ok(())
    }

    #[test]
    fn two_are_equal_where_operands_and_wrappers_are() -> Result<()> {
        let make = |value: i64, label| Wrapped::expression(lit(value), Label(label));
        assert!(make(1, None) == make(1, None));
        assert!(make(1, None) != make(2, None));
        assert!(make(1, None) != make(1, Some("a")));
        let moved = make(1, Some("a")).with_new_children(vec![lit(2_i64)])?;
        assert!(moved == make(2, Some("a")));
        Ok(())
    }
}
