//! One who comes to some room, does there what people do, and goes one way or another; again and again.

use crate::support::random::Random;
use crate::support::rtc::{Caller, StreamSpec};
use crate::support::{Client, Refusal, TestServer, fixtures};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ROOMS: u64 = 6;
/// What a visitor receives at most.
const RECEIVED: usize = 6;
/// Packets at a pace that leaves the machine to the comings and goings.
const INTERVAL: Duration = Duration::from_millis(50);

/// What may be refused because somebody else was quicker.
const FINE: [&str; 6] =
    ["ROOM_NOT_FOUND", "ROOM_CLOSED", "ROOM_FULL", "PRODUCER_NOT_FOUND", "CONSUMER_NOT_FOUND", "RESUME_REFUSED"];

/// What was done so far.
#[derive(Default)]
pub struct Tally {
    visits: AtomicU64,
    calls: AtomicU64,
    resumed: AtomicU64,
    refused: AtomicU64,
}

impl Tally {
    fn numbers(&self) -> [u64; 4] {
        [&self.visits, &self.calls, &self.resumed, &self.refused].map(|number| number.load(Ordering::Relaxed))
    }

    pub fn text(&self) -> String {
        let [visits, calls, resumed, refused] = self.numbers();
        format!("{visits} visits, {calls} with media, {resumed} resumed, {refused} cut short")
    }

    pub fn json(&self) -> Value {
        let [visits, calls, resumed, refused] = self.numbers();
        json!({ "visits": visits, "withMedia": calls, "resumed": resumed, "cutShort": refused })
    }
}

pub struct Visitor {
    server: Arc<TestServer>,
    random: Random,
    tally: Arc<Tally>,
}

impl Visitor {
    pub fn new(server: Arc<TestServer>, random: Random, tally: Arc<Tally>) -> Self {
        Self { server, random, tally }
    }

    pub async fn visit_until(mut self, end: Instant) {
        while Instant::now() < end {
            if let Err(refusal) = self.visit().await {
                assert!(FINE.contains(&refusal.code.as_str()), "{refusal}");
                self.tally.refused.fetch_add(1, Ordering::Relaxed);
            }
            self.tally.visits.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn visit(&mut self) -> Result<(), Refusal> {
        let call = format!("room {}", self.random.below(ROOMS));
        let user = format!("user {}", self.random.below(1000));
        let client = Client::connect(&self.server).await;
        let joined = client.try_create_and_join(&call, &user).await?;
        let mut caller = Caller::of(client, &joined);
        if self.random.one_in(3) {
            self.tally.calls.fetch_add(1, Ordering::Relaxed);
            self.talk(&mut caller, &call, &user).await?;
        } else {
            self.signal(&mut caller, &call, &user).await?;
        }
        match self.random.below(4) {
            0 => drop(caller.client.request("leaveRoom", Value::Null).await?),
            1 => caller.client.close().await,
            // Gone without a word: its time to come back runs out.
            _ => caller.client.kill().await,
        }
        Ok(())
    }

    /// A call with media both ways.
    async fn talk(&mut self, caller: &mut Caller, call: &str, user: &str) -> Result<(), Refusal> {
        let sending = caller.try_open("send").await?;
        for spec in [StreamSpec::audio(1000), StreamSpec::video(2000)] {
            caller.try_publish(&sending, StreamSpec { interval: INTERVAL, ..spec }).await?;
        }
        let receiving = caller.try_open("recv").await?;
        for producer in self.published(caller, call).await? {
            // Whoever publishes it may have gone.
            drop(caller.try_receive(&receiving, &producer).await);
        }
        tokio::time::sleep(Duration::from_millis(200 + self.random.below(1500))).await;
        if self.random.one_in(3) {
            self.lose_and_find(caller, call, user).await?;
        }
        if self.random.one_in(2) {
            sending.peer.close().await;
        }
        Ok(())
    }

    /// All that a call is without media.
    async fn signal(&mut self, caller: &mut Caller, call: &str, user: &str) -> Result<(), Refusal> {
        let create = async |caller: &Caller, direction: &str| {
            let created = caller.client.request("createTransport", json!({ "direction": direction })).await?;
            Ok::<_, Refusal>(fixtures::text(&created, "id"))
        };
        let (sends, receives) = (create(caller, "send").await?, create(caller, "recv").await?);
        let connect = json!({ "transportId": sends, "dtlsParameters": fixtures::dtls() });
        caller.client.request("connectTransport", connect).await?;
        for (kind, rtp_parameters) in [("audio", fixtures::audio()), ("video", fixtures::video())] {
            let produce = json!({ "transportId": sends, "kind": kind, "rtpParameters": rtp_parameters });
            let producer = caller.client.request("produce", produce).await?["producerId"].clone();
            let event = *self.random.of(&["pauseProducer", "resumeProducer", "closeProducer"]).expect("three");
            caller.client.request(event, json!({ "producerId": producer })).await?;
        }
        for producer in self.published(caller, call).await? {
            let consume = caller.client.consume_request(&receives, &producer);
            let Ok(consumed) = caller.client.request("consume", consume).await else { continue };
            let event = *self.random.of(&["resumeConsumer", "pauseConsumer", "closeConsumer"]).expect("three");
            drop(caller.client.request(event, json!({ "consumerId": consumed["id"] })).await);
        }
        caller.client.request("restartIce", json!({ "transportId": receives })).await?;
        if self.random.one_in(3) {
            self.lose_and_find(caller, call, user).await?;
        }
        tokio::time::sleep(Duration::from_millis(self.random.below(500))).await;
        Ok(())
    }

    /// Some of what the others publish.
    async fn published(&mut self, caller: &Caller, call: &str) -> Result<Vec<String>, Refusal> {
        let list = caller.client.request("getProducers", json!({ "callId": call })).await?;
        let mut producers: Vec<_> = list["producers"].as_array().expect("a list").iter().collect();
        let mut chosen = Vec::new();
        while chosen.len() < RECEIVED && !producers.is_empty() {
            let index = usize::try_from(self.random.below(producers.len() as u64)).expect("small");
            chosen.push(fixtures::text(producers.swap_remove(index), "producerId"));
        }
        Ok(chosen)
    }

    /// The socket is lost, and another takes its place, sometimes before the server knows.
    async fn lose_and_find(&mut self, caller: &mut Caller, call: &str, user: &str) -> Result<(), Refusal> {
        let client = Client::connect(&self.server).await;
        let older = std::mem::replace(&mut caller.client, client);
        if self.random.one_in(2) {
            older.kill().await;
        }
        caller.client.resume(call, user, &caller.resume_token).await?;
        self.tally.resumed.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
