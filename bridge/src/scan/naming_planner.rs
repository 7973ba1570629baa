//! `MorselPlanner`: the reading of one file, whose errors name it. So do its decoder's panics.

use std::sync::Arc;
use std::task::Poll;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::error::{DataFusionError, Result};
use datafusion_datasource::morsel::{Morsel, MorselPlan, MorselPlanner};
use futures::future::poll_fn as future_of;
use futures::stream::{poll_fn as stream_of, BoxStream};
use futures::{FutureExt, StreamExt};

use crate::border::error::{code, Error};
use crate::border::file_name::name_file;
use crate::parquet::decoding::decode;

/// An error of the file's bytes gets its name; an expression that fails is not the file's fault.
fn named(name: &str, error: DataFusionError) -> DataFusionError {
    let violates = is_null_where_none_may_be(&error);
    let error = Error::from(error);
    match error.code() {
        code::CORRUPT_DATA => Error::from(name_file(name, error)).into(),
        code::EXECUTION if violates => Error::from(name_file(name, error)).into(),
        _ => error.into(),
    }
}

/// Whether arrow refuses a batch for a null in a column that is NOT NULL.
fn is_null_where_none_may_be(error: &DataFusionError) -> bool {
    let DataFusionError::ArrowError(error, _) = error.find_root() else { return false };
    let ArrowError::InvalidArgumentError(text) = &**error else { return false };
    text.contains("declared as non-nullable but contains null values")
}

/// What `planner` does, with the file's name in its errors.
pub fn name_errors(inner: Box<dyn MorselPlanner>, name: Arc<str>) -> Box<dyn MorselPlanner> {
    Box::new(NamingPlanner { inner, name })
}

#[derive(Debug)]
struct NamingPlanner {
    inner: Box<dyn MorselPlanner>,
    name: Arc<str>,
}

impl MorselPlanner for NamingPlanner {
    fn plan(self: Box<Self>) -> Result<Option<MorselPlan>> {
        let Self { inner, name } = *self;
        let plan = decode(|| inner.plan()).map_err(DataFusionError::from).and_then(|plan| plan);
        let Some(mut plan) = plan.map_err(|error| named(&name, error))? else {
            return Ok(None);
        };
        let morsels = plan.take_morsels().into_iter();
        let morsels =
            morsels.map(|inner| Box::new(NamingMorsel { inner, name: name.clone() }) as _);
        let planners = plan.take_ready_planners().into_iter();
        let planners = planners.map(|inner| name_errors(inner, name.clone()));
        let mut wrapped =
            MorselPlan::new().with_morsels(morsels.collect()).with_planners(planners.collect());
        if let Some(pending) = plan.take_pending_planner() {
            let mut pending = Box::pin(pending);
            wrapped.set_pending_planner(async move {
                let planner = future_of(|context| {
                    decode(|| pending.poll_unpin(context))
                        .unwrap_or_else(|error| Poll::Ready(Err(error.into())))
                });
                let inner = planner.await.map_err(|error| named(&name, error))?;
                Ok(name_errors(inner, name))
            });
        }
        Ok(Some(wrapped))
    }
}

#[derive(Debug)]
struct NamingMorsel {
    inner: Box<dyn Morsel>,
    name: Arc<str>,
}

impl Morsel for NamingMorsel {
    fn into_stream(self: Box<Self>) -> BoxStream<'static, Result<RecordBatch>> {
        let Self { inner, name } = *self;
        let mut batches = Some(inner.into_stream());
        let decoded = stream_of(move |context| {
            let Some(stream) = &mut batches else { return Poll::Ready(None) };
            decode(|| stream.poll_next_unpin(context)).unwrap_or_else(|error| {
                batches = None;
                Poll::Ready(Some(Err(error.into())))
            })
        });
        decoded.map(move |batch| batch.map_err(|error| named(&name, error))).boxed()
    }
}
