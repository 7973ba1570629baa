//! A `ScalarUDF` that gives values the type of a column.

use std::sync::Arc;

use datafusion::arrow::array::new_empty_array;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::scalar::ScalarValue;

use crate::border::error::{code, Error};
use crate::columnar::retyped_array::relaxed;
use crate::conversion::exact_cast::exact_cast;
pub use crate::conversion::exact_cast::Texts;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Conversion {
    /// The column, which may hold nulls at every depth.
    column: FieldRef,
    texts: Texts,
    signature: Signature,
}

/// The value exactly as the column holds it. Types that never fit are an error of the plan; values that
/// do not, of its run.
pub fn converted(value: Expr, column: &Field, texts: Texts) -> Expr {
    let data_type = relaxed(column.data_type());
    let column =
        Field::new(column.name(), data_type, true).with_metadata(column.metadata().clone());
    let signature = Signature::any(1, Volatility::Immutable);
    let function = Conversion { column: Arc::new(column), texts, signature };
    ScalarUDF::new_from_impl(function).call(vec![value])
}

impl ScalarUDFImpl for Conversion {
    fn name(&self) -> &str {
        "exact_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.column.data_type().clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> DataFusionResult<FieldRef> {
        for found in args.arg_fields {
            let nothing = new_empty_array(found.data_type());
            exact_cast(&nothing, self.column.data_type(), self.column.name(), self.texts)?;
        }
        Ok(Arc::clone(&self.column))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let [value] = args.args.as_slice() else {
            return Err(Error::new(code::INTERNAL, "A conversion has one argument.").into());
        };
        let (wanted, path) = (self.column.data_type(), self.column.name());
        match value {
            ColumnarValue::Array(array) => {
                Ok(ColumnarValue::Array(exact_cast(array, wanted, path, self.texts)?))
            }
            ColumnarValue::Scalar(scalar) => {
                let array = exact_cast(&scalar.to_array()?, wanted, path, self.texts)?;
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
            }
        }
    }
}
