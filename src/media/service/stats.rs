//! Statistics as mediasoup has them, for whoever wants all of it.

use super::failures::{failed, request_failed};
use super::work::Work;
use super::{Made, Service};
use crate::media::protocol::{MediaError, MediaObject, MediaObjectKind, MediaReply};
use mediasoup::prelude::TransportGeneric as _;
use mediasoup::worker::RequestError;
use serde::Serialize;
use std::future::Future;

impl Service {
    pub(super) fn stats(&self, object: MediaObject) -> Result<Work, MediaError> {
        Ok(match object {
            MediaObject::Router(_) => return Err(MediaError::NotFound(MediaObjectKind::Transport)),
            MediaObject::DataProducer(_) => return Err(MediaError::NotFound(MediaObjectKind::Producer)),
            MediaObject::DataConsumer(_) => return Err(MediaError::NotFound(MediaObjectKind::Consumer)),
            MediaObject::Transport(id) => {
                let transport = self.webrtc(id)?;
                told(async move { transport.get_stats().await })
            }
            MediaObject::Producer(id) => {
                let producer = self.producer(id)?;
                told(async move { producer.get_stats().await })
            }
            MediaObject::Consumer(id) => {
                let consumer = self.consumer(id)?;
                told(async move { consumer.get_stats().await })
            }
        })
    }
}

fn told<T: Serialize>(stats: impl Future<Output = Result<Vec<T>, RequestError>> + Send + 'static) -> Work {
    Box::pin(async move {
        let stats = stats.await.map_err(request_failed)?;
        let json = serde_json::to_string(&stats).map_err(|error| failed(&error))?;
        Ok(Made::Nothing(MediaReply::Stats { json }))
    })
}
