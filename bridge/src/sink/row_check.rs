//! What must be true of rows before they are written.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;

use crate::border::error::{code, Error, Result};
use crate::columnar::batch_formatter::row_text;
use crate::columnar::retyped_array::{is_same_shape, relaxed, retype};
use crate::expressions::expression::{plan_expression, unqualified};
use crate::sink::required_values::first_missing;

/// How much of a row a message shows.
const SHOWN_CHARACTERS: usize = 500;

struct Condition {
    name: String,
    expression: Arc<dyn PhysicalExpr>,
}

pub struct RowCheck {
    /// The columns, of which the required ones hold no null.
    fields: Vec<FieldRef>,
    /// The same where everything may be null.
    schema: SchemaRef,
    conditions: Vec<Condition>,
}

fn shown(batch: &RecordBatch, row: usize) -> String {
    let text = row_text(batch, row).unwrap_or_else(|error| error.message().to_string());
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn violation(what: String, batch: &RecordBatch, row: usize) -> Error {
    Error::new(code::CONSTRAINT_VIOLATION, format!("{what}: {}", shown(batch, row)))
}

impl RowCheck {
    /// `conditions` are over columns of `schema`, each with the name that an error calls it by.
    pub fn new(schema: &Schema, conditions: Vec<(String, Expr)>) -> Result<Self> {
        let fields: Vec<_> = schema.fields().iter().cloned().collect();
        let nullable = |field: &FieldRef| {
            let data_type = relaxed(field.data_type());
            Field::new(field.name(), data_type, true).with_metadata(field.metadata().clone())
        };
        let schema: SchemaRef =
            Arc::new(Schema::new(fields.iter().map(nullable).collect::<Vec<_>>()));
        let planned = |(name, condition): (String, Expr)| {
            let expression = plan_expression(unqualified(&condition)?, &schema)?;
            Ok(Condition { name, expression })
        };
        let conditions = conditions.into_iter().map(planned).collect::<Result<_>>()?;
        Ok(Self { fields, schema, conditions })
    }

    /// The columns as they are passed on.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Refuses rows of other types.
    pub fn accept(&self, rows: &Schema) -> Result<()> {
        if rows.fields().len() != self.fields.len() {
            let (found, wanted) = (rows.fields().len(), self.fields.len());
            let message = format!("The rows have {found} columns, and not {wanted}.");
            return Err(Error::new(code::INVALID_ARGUMENT, message));
        }
        for (found, wanted) in rows.fields().iter().zip(&self.fields) {
            if !is_same_shape(found.data_type(), wanted.data_type()) {
                let message = format!(
                    "Rows with a column of type {} cannot be written as {}: {}",
                    found.data_type(),
                    wanted.data_type(),
                    wanted.name()
                );
                return Err(Error::new(code::INVALID_ARGUMENT, message));
            }
        }
        Ok(())
    }

    /// The rows under the names of the schema, once they have been found right.
    pub fn checked(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        let columns = rows.columns().iter().zip(self.schema.fields());
        let columns = columns
            .map(|(column, field)| retype(column, field.data_type()))
            .collect::<Result<Vec<_>>>()?;
        let rows = match columns.is_empty() {
            true => rows.clone(),
            false => RecordBatch::try_new(Arc::clone(&self.schema), columns)?,
        };
        for (field, column) in self.fields.iter().zip(rows.columns()) {
            if let Some(missing) = first_missing(field, column) {
                let what = format!("Column {} cannot be null, as it is in this row", missing.path);
                return Err(violation(what, &rows, missing.row));
            }
        }
        for condition in &self.conditions {
            self.check(condition, &rows)?;
        }
        Ok(rows)
    }

    fn check(&self, condition: &Condition, rows: &RecordBatch) -> Result<()> {
        let value = condition.expression.evaluate(rows)?.into_array(rows.num_rows())?;
        let value = value.as_boolean_opt().ok_or_else(|| {
            let message = format!("A check is neither true nor false: {}", condition.name);
            Error::new(code::INVALID_SQL, message)
        })?;
        if value.null_count() == 0 && value.true_count() == value.len() {
            return Ok(());
        }
        let broken = (0..value.len()).find(|row| value.is_null(*row) || !value.value(*row));
        match broken {
            Some(row) => {
                Err(violation(format!("{} is violated by a row", condition.name), rows, row))
            }
            None => Ok(()),
        }
    }
}
