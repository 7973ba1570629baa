//! `FunctionRewrite`: functions that make lists get lists whose values have arrow's usual name.
//!
//! Several of DataFusion's functions build a list of that name out of lists that they take as they are, and
//! fail, or panic, over lists of another: `array_repeat`, `array_concat`, `array_add`. Lists that come from
//! Parquet call their values `element`.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{internal_err, DFSchema};
use datafusion::error::Result;
use datafusion::functions_nested::all_default_nested_functions;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::expression_adapter::conform;

static FUNCTIONS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    all_default_nested_functions().iter().map(|function| function.name().to_string()).collect()
});

static RENAMING: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    let signature = Signature::any(1, Volatility::Immutable);
    Arc::new(ScalarUDF::new_from_impl(Renaming { signature }))
});

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
            Expr::ScalarFunction(call) => FUNCTIONS.contains(call.func.name()),
            _ => false,
        };
        // What has no type is refused by those who need it, with a reason.
        let is_nested = |kind: Result<DataType>| kind.is_ok_and(|kind| kind.is_nested());
        if !is_meant || !is_nested(expr.get_type(schema)) {
            return Ok(Transformed::no(expr));
        }
        let Expr::ScalarFunction(call) = expr else {
            return internal_err!("A function is none");
        };
        let mut is_renamed = false;
        let rename = |argument: Expr| match argument.get_type(schema) {
            Ok(kind) if usual(&kind) != kind => {
                is_renamed = true;
                let call = ScalarFunction::new_udf(Arc::clone(&RENAMING), vec![argument]);
                Expr::ScalarFunction(call)
            }
            _ => argument,
        };
        let arguments = call.args.into_iter().map(rename).collect();
        let call = Expr::ScalarFunction(ScalarFunction::new_udf(call.func, arguments));
        Ok(if is_renamed { Transformed::yes(call) } else { Transformed::no(call) })
    }
}

/// A value in its `usual` type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Renaming {
    signature: Signature,
}

impl ScalarUDFImpl for Renaming {
    fn name(&self) -> &str {
        "with_usual_names"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [argument] => Ok(usual(argument)),
            _ => internal_err!("{} takes one argument", self.name()),
        }
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        match arguments.arg_fields {
            [field] => {
                Ok(Arc::new(field.as_ref().clone().with_data_type(usual(field.data_type()))))
            }
            _ => internal_err!("{} takes one argument", self.name()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let wanted = arguments.return_field.data_type();
        match arguments.args.as_slice() {
            [ColumnarValue::Array(array)] => Ok(ColumnarValue::Array(conform(array, wanted)?)),
            [ColumnarValue::Scalar(value)] => {
                let array = conform(&value.to_array()?, wanted)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
            _ => internal_err!("{} takes one argument", self.name()),
        }
    }
}
