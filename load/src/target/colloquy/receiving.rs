//! What a participant receives.

use super::choice::Offered;
use super::signaling::Signaling;
use super::transport::{Equipment, Transport};
use crate::measure::{Step, Tally};
use crate::rtc::{RtcError, StreamId, SubscribeOptions};
use crate::scenario::Subscribe;
use crate::target::TargetError;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Instant;

/// Subscriptions under way at once, as a browser's page has them about.
const AT_ONCE: usize = 16;

/// A transport and the streams on it.
pub struct Receiving {
    pub transport: Transport,
    streams: Vec<Stream>,
    subscribe: Subscribe,
    rtp_capabilities: Value,
}

struct Stream {
    producer: String,
    consumer: String,
    id: StreamId,
}

/// What became of a subscription: a stream, or a refusal, with what it was about.
type Outcome = Result<(Stream, Tally), Refused>;

/// A refusal. What it was about may have been closed at that moment, which is nobody's fault.
pub struct Refused {
    pub producer: String,
    pub consumer: Option<String>,
    pub error: TargetError,
}

impl Receiving {
    /// A transport with nothing on it.
    pub async fn start(
        signaling: &Signaling,
        equipment: &Equipment,
        subscribe: &Subscribe,
    ) -> Result<(Self, Tally), TargetError> {
        let mut tally = Tally::default();
        let transport = Transport::open(signaling, equipment, "recv", &mut tally).await?;
        transport.until_connected(&mut tally).await?;
        let rtp_capabilities = equipment.capabilities.rtp_capabilities().clone();
        Ok((Self { transport, streams: Vec::new(), subscribe: subscribe.clone(), rtp_capabilities }, tally))
    }

    /// Receives what is wanted, and nothing else. Gives what was refused.
    pub async fn follow(
        &mut self,
        signaling: &Signaling,
        wanted: impl Iterator<Item = &Offered>,
        tally: &mut Tally,
    ) -> Vec<Refused> {
        let wanted: HashMap<_, _> = wanted.map(|offered| (offered.producer.as_str(), offered)).collect();
        let (kept, given_up): (Vec<_>, _) = std::mem::take(&mut self.streams)
            .into_iter()
            .partition(|stream| wanted.contains_key(stream.producer.as_str()));
        self.streams = kept;
        let mut refused = Vec::new();
        for stream in given_up {
            refused.extend(self.give_up(signaling, stream).await);
        }
        let new = wanted.values().filter(|offered| !self.streams.iter().any(|it| it.producer == offered.producer));
        let this = &*self;
        let subscriptions = new.map(|offered| this.receive(signaling, offered));
        let outcomes: Vec<Outcome> =
            stream::iter(subscriptions.collect::<Vec<_>>()).buffer_unordered(AT_ONCE).collect().await;
        for outcome in outcomes {
            match outcome {
                Ok((stream, times)) => {
                    tally.add(&times);
                    self.streams.push(stream);
                }
                Err(refusal) => refused.push(refusal),
            }
        }
        refused
    }

    async fn receive(&self, signaling: &Signaling, offered: &Offered) -> Outcome {
        let began = Instant::now();
        let mut tally = Tally::default();
        let mut consumer = None;
        let stream = self.subscribe(signaling, offered, &mut consumer).await;
        tally.step(Step::Consume, began.elapsed());
        stream.map(|stream| (stream, tally)).map_err(|error| Refused {
            producer: offered.producer.clone(),
            consumer,
            error,
        })
    }

    async fn subscribe(
        &self,
        signaling: &Signaling,
        offered: &Offered,
        consumer: &mut Option<String>,
    ) -> Result<Stream, TargetError> {
        let request = json!({
            "transportId": self.transport.id,
            "producerId": offered.producer,
            "rtpCapabilities": self.rtp_capabilities,
        });
        let answer = signaling.ask("consume", &request).await?;
        let id = answer["consumerId"].as_str().unwrap_or_default();
        *consumer = Some(id.to_owned());
        let Subscribe { light, freeze_ms, preferred_layers, .. } = self.subscribe;
        if let Some((spatial, temporal)) = preferred_layers.filter(|_| offered.video) {
            let layers = json!({ "consumerId": id, "spatialLayer": spatial, "temporalLayer": temporal });
            signaling.ask("setConsumerPreferredLayers", &layers).await?;
        }
        let stream = self.transport.link.expect(&answer["rtpParameters"], SubscribeOptions { light, freeze_ms })?;
        if let Err(error) = signaling.ask("resumeConsumer", &json!({ "consumerId": id })).await {
            self.transport.link.forget(stream)?;
            return Err(error);
        }
        Ok(Stream { producer: offered.producer.clone(), consumer: id.to_owned(), id: stream })
    }

    /// Receives a stream no more, which is still sent.
    async fn give_up(&self, signaling: &Signaling, stream: Stream) -> Option<Refused> {
        let Stream { producer, consumer, id } = stream;
        let forgotten = self.transport.link.forget(id).map_err(TargetError::from);
        let closed = signaling.ask("closeConsumer", &json!({ "consumerId": consumer })).await;
        let error = forgotten.and(closed).err()?;
        Some(Refused { producer, consumer: Some(consumer), error })
    }

    /// The server has closed a consumer.
    pub fn closed(&mut self, consumer: &Value) -> Result<(), RtcError> {
        let Some(index) = self.streams.iter().position(|stream| *consumer == stream.consumer) else { return Ok(()) };
        self.transport.link.forget(self.streams.swap_remove(index).id)
    }

    /// The server has paused one: for a while nothing comes.
    pub fn paused(&self, consumer: &Value) -> Result<(), RtcError> {
        let stream = self.streams.iter().find(|stream| *consumer == stream.consumer);
        stream.map_or(Ok(()), |stream| self.transport.link.rest(stream.id))
    }
}
