//! Everything at once: clients of one room join, publish, receive, pause, leave, disconnect and vanish at random
//! moments, often without waiting for answers. Whatever the order, every request is answered or its socket closed, no
//! answer is a fault of the server, and nothing is left behind.
//!
//! `COLLOQUY_RACE_SEED=<n>` repeats one run, which is printed when it fails; `COLLOQUY_RACE_RUNS=<n>` makes that many.

use crate::support::random::{Random, ToldOnPanic, setting};
use crate::support::{Client, Pending, TestServer, fixtures};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SEED: &str = "COLLOQUY_RACE_SEED";
const CLIENTS: u64 = 20;
/// Of one client: with all of them 200 joins, produces, consumes and disconnects at least.
const STEPS: usize = 30;
const RUNS: u64 = 8;

/// What a client may be told in such a muddle: everything but a fault of the server.
const FINE: [&str; 11] = [
    "NOT_JOINED",
    "ALREADY_JOINED",
    "ROOM_NOT_FOUND",
    "ROOM_CLOSED",
    "TRANSPORT_NOT_FOUND",
    "TRANSPORT_ALREADY_CONNECTED",
    "PRODUCER_NOT_FOUND",
    "CONSUMER_NOT_FOUND",
    "CANNOT_CONSUME",
    "LIMIT_EXCEEDED",
    "RATE_LIMITED",
];

/// What one client knows, right or out of date.
#[derive(Default)]
struct Known {
    sends: Vec<String>,
    receives: Vec<String>,
    producers: Vec<String>,
    consumers: Vec<String>,
}

struct Player {
    server: Arc<TestServer>,
    call: String,
    random: Random,
    client: Client,
    known: Known,
    /// Whether its last word on it was to join.
    inside: bool,
    /// Everybody's producers, for anybody to consume.
    published: Arc<Mutex<Vec<String>>>,
    unanswered: Vec<Pending>,
}

impl Player {
    async fn play(mut self) {
        for _ in 0..STEPS {
            self.step().await;
            if self.random.one_in(3) {
                tokio::time::sleep(Duration::from_micros(self.random.below(2000))).await;
            }
        }
        self.settle(true).await;
        match self.random.below(3) {
            0 => self.client.close().await,
            1 => self.client.kill().await,
            _ => drop(fine("leaveRoom", self.client.request("leaveRoom", Value::Null).await)),
        }
    }

    /// Mostly what makes sense for a client that knows what this one does; by the time it arrives it may not.
    async fn step(&mut self) {
        let sensible = !self.random.one_in(8);
        match self.random.below(16) {
            _ if sensible && !self.inside => self.join().await,
            0 => self.join().await,
            1 => {
                self.request("leaveRoom", Value::Null).await;
                self.known = Known::default();
                self.inside = false;
            }
            2 => self.come_anew().await,
            3 => drop(self.request("getProducers", json!({ "callId": self.call })).await),
            4 => {
                let transport = one_of(&mut self.random, &self.known.sends);
                let request = json!({ "transportId": transport, "dtlsParameters": fixtures::dtls() });
                self.request("connectTransport", request).await;
            }
            5..=8 if sensible && self.known.sends.is_empty() => self.create_transport("send").await,
            5..=7 => self.produce().await,
            8 => {
                let event = *self.random.of(&["pauseProducer", "resumeProducer", "closeProducer"]).expect("three");
                let producer = one_of(&mut self.random, &self.known.producers);
                self.request(event, json!({ "producerId": producer })).await;
            }
            _ if sensible && self.known.receives.is_empty() => self.create_transport("recv").await,
            9..=13 => self.consume().await,
            _ => {
                let event = *self.random.of(&["resumeConsumer", "pauseConsumer", "closeConsumer"]).expect("three");
                let consumer = one_of(&mut self.random, &self.known.consumers);
                self.request(event, json!({ "consumerId": consumer })).await;
            }
        }
    }

    async fn join(&mut self) {
        self.request("createRoom", json!({ "callId": self.call })).await;
        let user = format!("user {}", self.random.below(1000));
        let join = json!({ "callId": self.call, "userId": user, "rtpCapabilities": {} });
        self.request("joinRoom", join).await;
        self.inside = true;
    }

    async fn create_transport(&mut self, direction: &str) {
        if let Some(made) = self.request("createTransport", json!({ "direction": direction })).await {
            let list = if direction == "send" { &mut self.known.sends } else { &mut self.known.receives };
            list.push(fixtures::text(&made, "id"));
        }
    }

    async fn produce(&mut self) {
        let transport = one_of(&mut self.random, &self.known.sends);
        let (kind, rtp) =
            if self.random.one_in(2) { ("audio", fixtures::audio()) } else { ("video", fixtures::video()) };
        let request = json!({ "transportId": transport, "kind": kind, "rtpParameters": rtp });
        if let Some(made) = self.request("produce", request).await {
            let id = fixtures::text(&made, "id");
            self.known.producers.push(id.clone());
            self.published.lock().expect("nobody panics with it").push(id);
        }
    }

    async fn consume(&mut self) {
        let transport = one_of(&mut self.random, &self.known.receives);
        let published = self.published.lock().expect("nobody panics with it").clone();
        // The newest ones are the likeliest to be there still.
        let producer = one_of(&mut self.random, &published[published.len().saturating_sub(10)..]);
        if let Some(made) = self.request("consume", self.client.consume_request(&transport, &producer)).await {
            self.known.consumers.push(fixtures::text(&made, "id"));
        }
    }

    /// Sends a request; often goes on before the answer, and then knows nothing of it.
    async fn request(&mut self, event: &'static str, payload: Value) -> Option<Value> {
        let pending = self.client.send(event, payload);
        if self.random.one_in(3) {
            self.unanswered.push(pending);
            return None;
        }
        let answer = pending.outcome().await.unwrap_or_else(|| panic!("the server closed the socket before {event}"));
        fine(event, answer)
    }

    /// Goes, with a word or without, and comes as somebody else.
    async fn come_anew(&mut self) {
        let new = connect(&self.server, &self.call).await;
        let old = std::mem::replace(&mut self.client, new);
        self.known = Known::default();
        self.inside = false;
        match self.random.below(2) {
            0 => old.close().await,
            _ => old.kill().await,
        }
        self.settle(false).await;
    }

    /// Every request has its answer, or lost its socket to us.
    async fn settle(&mut self, open: bool) {
        let answers = join_all(self.unanswered.drain(..).map(Pending::outcome)).await;
        for answer in answers {
            match answer {
                Some(answer) => drop(fine("a request", answer)),
                None => assert!(!open, "a request was not answered on an open socket"),
            }
        }
    }
}

/// One of the ids; one that names nothing if there is none.
fn one_of(random: &mut Random, ids: &[String]) -> String {
    random.of(ids).cloned().unwrap_or_else(|| "nothing".to_owned())
}

fn fine(event: &str, answer: crate::support::Answer) -> Option<Value> {
    match answer {
        Ok(data) => Some(data),
        Err(refusal) => {
            let code = refusal.code.as_str();
            assert!(FINE.contains(&code), "{event}: {refusal}");
            None
        }
    }
}

async fn connect(server: &TestServer, call: &str) -> Client {
    let client = Client::connect(server).await;
    client.create(call).await;
    client
}

async fn run(server: &Arc<TestServer>, seed: u64) {
    let call = format!("race {seed}");
    // Keeps the room open to the end: a room that closes takes along what was left behind in it.
    let (last, _) = Client::joined(server, &call, "the last one").await;
    let published = Arc::default();
    let players = join_all((0..CLIENTS).map(async |number| Player {
        server: Arc::clone(server),
        call: call.clone(),
        random: Random(seed.wrapping_mul(1_000_003).wrapping_add(number)),
        client: connect(server, &call).await,
        known: Known::default(),
        inside: false,
        published: Arc::clone(&published),
        unanswered: Vec::new(),
    }))
    .await;
    let playing: Vec<_> = players.into_iter().map(|player| tokio::spawn(player.play())).collect();
    for player in join_all(playing).await {
        player.unwrap_or_else(|error| panic!("{SEED}={seed}: {error}"));
    }
    server.until_peers_have([1, 0, 0, 0]).await;
    last.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_at_once_nothing_is_left_and_nothing_unanswered() {
    let seeds = match setting(SEED) {
        Some(seed) => seed..seed + 1,
        None => 0..setting("COLLOQUY_RACE_RUNS").unwrap_or(RUNS),
    };
    let server = Arc::new(TestServer::start().await);
    let runs = seeds.end - seeds.start;
    for seed in seeds {
        let told = ToldOnPanic { variable: SEED, seed };
        run(&server, seed).await;
        drop(told);
    }
    // It was a muddle, but one in which things were done.
    for (event, at_least) in [("joinRoom", 40), ("produce", 15), ("consume", 10), ("leaveRoom", 15)] {
        let done = server.metric(&format!("colloquy_requests_total{{code=\"OK\",event=\"{event}\"}}")).await;
        assert!(done >= (at_least * runs) as f64, "{event}: {done} in {runs} runs");
    }
    Arc::into_inner(server).expect("all players are done").finish().await;
}
