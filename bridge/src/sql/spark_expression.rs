//! `Expr` from SQL text as Spark means it: over the columns of a row.

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Fields, SchemaRef};
use datafusion::common::config::Dialect;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ToDFSchema};
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::SessionState;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::functions_nested::expr_fn::array_element;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{cast, lit, when, BinaryExpr, Expr, ExprSchemable, Operator};
use datafusion::prelude::SessionConfig;
use datafusion::sql::sqlparser::ast::{
    Expr as AstExpr, ExprWithAlias, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Value, VisitMut, VisitorMut,
};
use datafusion_spark::all_default_scalar_functions;
use datafusion_spark::planner::SparkFunctionPlanner;

use crate::border::error::{code, Error, Result};
use crate::border::guard::guard;
use crate::columnar::arrow_border::import_schema;
use crate::expressions::expression::Expression;
use crate::ffi::bridge::ArrowSchema;
use crate::sql::row_expression::of_one_row;

/// Spark's functions over those of DataFusion.
static SPARK: LazyLock<SessionState> = LazyLock::new(|| {
    let mut config = SessionConfig::new();
    let parser = &mut config.options_mut().sql_parser;
    parser.dialect = Dialect::Spark;
    parser.enable_ident_normalization = false;
    parser.parse_float_as_decimal = true;
    let mut builder = SessionStateBuilder::new().with_config(config).with_default_features();
    builder.expr_planners().get_or_insert_default().insert(0, Arc::new(SparkFunctionPlanner));
    builder.scalar_functions().get_or_insert_default().extend(all_default_scalar_functions());
    builder.build()
});

/// Functions that are parts of a date or a time, by the name of the part.
const PARTS: [(&str, &str); 8] = [
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("day", "day"),
    ("dayofmonth", "day"),
    ("dayofweek", "dow"),
    ("dayofyear", "doy"),
    ("weekofyear", "week"),
];

/// Functions of DataFusion that mean another thing than those of Spark that have their names.
const OTHER_MEANING: [&str; 6] =
    ["decode", "encode", "from_unixtime", "to_char", "to_number", "to_unixtime"];

/// # Safety
/// `schema` points to a valid `ArrowSchema`, which is taken over.
pub unsafe fn parse_spark_expression(
    sql: &str,
    schema: *mut ArrowSchema,
) -> Result<Box<Expression>> {
    guard(|| {
        let schema: SchemaRef = import_schema(schema)?;
        Ok(Box::new(Expression(parse(sql, &schema)?)))
    })
}

fn parse(sql: &str, schema: &SchemaRef) -> Result<Expr> {
    let mut expr = SPARK.sql_to_expr(sql, &Dialect::Spark)?;
    let mut meaning = Meaning { fields: schema.fields().clone() };
    if let ControlFlow::Break(error) = expr.visit(&mut meaning) {
        return Err(error);
    }
    let schema: DFSchema = schema.clone().to_dfschema()?;
    let parsed = ExprWithAlias { expr, alias: None };
    let planned = SPARK.create_logical_expr_from_sql_expr(parsed, &schema);
    let expression = planned.map_err(|error| {
        let error = Error::from(error);
        match error.code() {
            code::NOT_IMPLEMENTED => unsupported(error.message()),
            _ => error,
        }
    })?;
    of_one_row(&expression, sql)?;
    places_from_zero(true_divisions(expression, &schema)?, &schema)
}

fn unsupported(what: impl Into<String>) -> Error {
    Error::new(code::UNSUPPORTED_FEATURE, what)
}

/// Gives names and functions of a parsed expression the meaning that they have in Spark.
struct Meaning {
    fields: Fields,
}

/// The field of that name: exactly, or else the only one when letters count as one in both cases.
fn find_field<'a>(
    fields: &'a Fields,
    name: &str,
) -> Option<&'a datafusion::arrow::datatypes::Field> {
    if let Some((_, field)) = fields.find(name) {
        return Some(field);
    }
    let lower = name.to_lowercase();
    let mut alike = fields.iter().filter(|field| field.name().to_lowercase() == lower);
    match (alike.next(), alike.next()) {
        (Some(field), None) => Some(field),
        _ => None,
    }
}

fn text(value: &str) -> AstExpr {
    AstExpr::Value(Value::SingleQuotedString(value.to_string()).into())
}

/// A pattern of Spark's formats as strftime has it; nothing where it has other letters.
fn strftime(pattern: &str) -> Option<String> {
    let mut rest = pattern;
    let mut format = String::new();
    const LETTERS: [(&str, &str); 7] = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("dd", "%d"),
        ("HH", "%H"),
        ("mm", "%M"),
        ("ss", "%S"),
    ];
    while let Some(first) = rest.chars().next() {
        let run = rest.len() - rest.trim_start_matches(first).len();
        match LETTERS.iter().find(|(letters, _)| *letters == &rest[..run]) {
            Some((_, directive)) => format.push_str(directive),
            None if first.is_alphabetic()
                || matches!(first, '\'' | '%' | '[' | ']' | '#' | '{' | '}') =>
            {
                return None;
            }
            None => format.push_str(&rest[..run]),
        }
        rest = &rest[run..];
    }
    Some(format)
}

impl Meaning {
    fn names(&self, parts: &mut [Ident]) {
        let mut fields = &self.fields;
        for part in parts {
            let Some(field) = find_field(fields, &part.value) else { return };
            part.value = field.name().clone();
            match field.data_type() {
                DataType::Struct(inside) => fields = inside,
                _ => return,
            }
        }
    }

    fn function(&self, function: &mut Function) -> Result<()> {
        let name = function.name.to_string().replace('`', "").to_lowercase();
        let refused = || unsupported(format!("The function is not supported: {name}"));
        let FunctionArguments::List(FunctionArgumentList { args, .. }) = &mut function.args else {
            return self.known(&name).then_some(()).ok_or_else(refused);
        };
        let mut rename = |to: &str| function.name = ObjectName::from(vec![Ident::new(to)]);
        let argument = |value: AstExpr| FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
        if let Some((_, part)) = PARTS.iter().find(|(function, _)| *function == name) {
            args.insert(0, argument(text(part)));
            rename("date_part");
            return Ok(());
        }
        match (name.as_str(), args.len()) {
            ("log", 1) => rename("ln"),
            ("substr", _) => rename("substring"),
            ("regexp_replace", 3) => args.push(argument(text("g"))),
            ("date_format", 2) => {
                let format = match &args[1] {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(AstExpr::Value(value))) => {
                        match &value.value {
                            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                                strftime(text)
                            }
                            _ => None,
                        }
                    }
                    _ => None,
                };
                let why = || {
                    unsupported("date_format is supported with the letters yyyy, yy, MM, dd, HH, mm and ss only.")
                };
                args[1] = argument(text(&format.ok_or_else(why)?));
            }
            ("to_date" | "to_timestamp", count) if count > 1 => {
                return Err(unsupported(format!("{name} with a format is not supported.")));
            }
            (name, _) if OTHER_MEANING.contains(&name) || !self.known(name) => {
                return Err(refused());
            }
            _ => {}
        }
        Ok(())
    }

    fn known(&self, name: &str) -> bool {
        SPARK.scalar_functions().contains_key(name)
            || SPARK.aggregate_functions().contains_key(name)
            || SPARK.window_functions().contains_key(name)
            || SPARK.higher_order_functions().contains_key(name)
    }
}

impl VisitorMut for Meaning {
    type Break = Error;

    fn pre_visit_expr(&mut self, expression: &mut AstExpr) -> ControlFlow<Error> {
        match expression {
            AstExpr::Identifier(name) => self.names(std::slice::from_mut(name)),
            AstExpr::CompoundIdentifier(names) => self.names(names),
            AstExpr::Function(function) => {
                if let Err(error) = self.function(function) {
                    return ControlFlow::Break(error);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whole numbers are divided as doubles; what is divided by zero is null.
fn true_divisions(expression: Expr, schema: &DFSchema) -> Result<Expr> {
    let divided = expression.transform_up(|node| {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Divide, right }) = &node else {
            return Ok(Transformed::no(node));
        };
        if !left.get_type(schema)?.is_integer() || !right.get_type(schema)?.is_integer() {
            return Ok(Transformed::no(node));
        }
        let double = |value: &Expr| cast(value.clone(), DataType::Float64);
        let divisor = nullif(double(right), lit(0.0));
        Ok(Transformed::yes(double(left) / divisor))
    })?;
    Ok(divided.data)
}

/// `list[0]` is the first element, and `element_at` gives one, of a list from 1 on or of a map by its key.
fn places_from_zero(expression: Expr, schema: &DFSchema) -> Result<Expr> {
    let counted = expression.transform_up(|node| {
        let Expr::ScalarFunction(ScalarFunction { func, args }) = &node else {
            return Ok(Transformed::no(node));
        };
        let [container, place] = args.as_slice() else { return Ok(Transformed::no(node)) };
        let is_map =
            || Ok::<_, DataFusionError>(matches!(container.get_type(schema)?, DataType::Map(..)));
        let element =
            |container: Expr, place: Expr| Transformed::yes(array_element(container, place));
        Ok(match func.name() {
            "array_element" => {
                let place = cast(place.clone(), DataType::Int64);
                let next = when(place.clone().gt_eq(lit(0_i64)), place + lit(1_i64)).end()?;
                element(container.clone(), next)
            }
            "map_extract" if is_map()? => element(node, lit(1_i64)),
            "map_extract" => element(container.clone(), place.clone()),
            _ => Transformed::no(node),
        })
    })?;
    Ok(counted.data)
}
