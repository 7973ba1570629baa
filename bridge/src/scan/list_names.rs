//! `FunctionRewrite`: some functions get lists whose values have arrow's usual name.
//!
//! DataFusion's other functions take lists whose values have any name, as have those that come from Parquet:
//! `element`. These build a list of the usual name out of parts that they take as they are, and fail or panic.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{internal_err, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::columnar::conformed_array::conform;

const FUNCTIONS: [&str; 5] =
    ["array_add", "array_concat", "array_normalize", "array_repeat", "array_subtract"];

/// The type with arrow's name for the values of lists, at every depth.
fn usual(found: &DataType) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(usual(field.data_type())))
    };
    let value = |field: &FieldRef| -> FieldRef {
        Arc::new(inner(field).as_ref().clone().with_name(Field::LIST_FIELD_DEFAULT_NAME))
    };
    match found {
        DataType::List(field) => DataType::List(value(field)),
        DataType::LargeList(field) => DataType::LargeList(value(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(value(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        _ => found.clone(),
    }
}

#[derive(Debug)]
pub struct ListNames;

impl FunctionRewrite for ListNames {
    fn name(&self) -> &str {
        "list_names"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        let is_meant = match &expr {
            Expr::ScalarFunction(call) => FUNCTIONS.contains(&call.func.name()),
            _ => false,
        };
        // What has no type is refused by those who need it, with a reason.
        let before = is_meant.then(|| expr.get_type(schema).ok()).flatten();
        let Some(before) = before else { return Ok(Transformed::no(expr)) };
        let Expr::ScalarFunction(call) = expr else { return Ok(Transformed::no(expr)) };
        let mut is_renamed = false;
        let usually_named = |argument: Expr| match argument.get_type(schema) {
            Ok(kind) if usual(&kind) != kind => {
                is_renamed = true;
                named(argument, usual(&kind))
            }
            _ => argument,
        };
        let arguments = call.args.into_iter().map(usually_named).collect();
        let call = Expr::ScalarFunction(ScalarFunction::new_udf(call.func, arguments));
        if !is_renamed {
            return Ok(Transformed::no(call));
        }
        // The type that others have seen stays.
        let is_as_before = call.get_type(schema)? == before;
        Ok(Transformed::yes(if is_as_before { call } else { named(call, before) }))
    }
}

/// The value in a type that differs in names only.
fn named(value: Expr, wanted: DataType) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    let naming = Arc::new(ScalarUDF::new_from_impl(Naming { wanted, signature }));
    Expr::ScalarFunction(ScalarFunction::new_udf(naming, vec![value]))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Naming {
    wanted: DataType,
    signature: Signature,
}

impl ScalarUDFImpl for Naming {
    fn name(&self) -> &str {
        "with_list_names"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.wanted.clone())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        match arguments.arg_fields {
            [field] => Ok(Arc::new(field.as_ref().clone().with_data_type(self.wanted.clone()))),
            _ => internal_err!("{} takes one argument", self.name()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match arguments.args.as_slice() {
            [ColumnarValue::Array(array)] => {
                Ok(ColumnarValue::Array(conform(array, &self.wanted)?))
            }
            [ColumnarValue::Scalar(value)] => {
                let array = conform(&value.to_array()?, &self.wanted)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            _ => internal_err!("{} takes one argument", self.name()),
        }
    }
}
