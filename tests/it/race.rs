//! Everything at once: clients of one room join, publish, receive, pause, leave, disconnect and vanish at random
//! moments, often without waiting for answers. Whatever the order, every request is answered or its socket closed, no
//! answer is a fault of the server, and nothing is left behind.
//!
//! `COLLOQUY_RACE_SEED=<n>` repeats one run, which is printed when it fails; `COLLOQUY_RACE_RUNS=<n>` makes that many.

use crate::support::{Client, Pending, TestServer, fixtures};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// SplitMix64: as random as this needs, and the same for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn choose<const N: usize>(&mut self, texts: [&'static str; N]) -> &'static str {
        texts[usize::try_from(self.below(N as u64)).expect("small")]
    }

    /// One of the ids; one that names nothing if there is none.
    fn pick(&mut self, ids: &[String]) -> String {
        let index = usize::try_from(self.below(ids.len().max(1) as u64)).expect("small");
        ids.get(index).cloned().unwrap_or_else(|| "nothing".to_owned())
    }
}

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
                let transport = self.random.pick(&self.known.sends);
                let request = json!({ "transportId": transport, "dtlsParameters": fixtures::dtls() });
                self.request("connectTransport", request).await;
            }
            5..=8 if sensible && self.known.sends.is_empty() => self.create_transport("send").await,
            5..=7 => self.produce().await,
            8 => {
                let event = self.random.choose(["pauseProducer", "resumeProducer", "closeProducer"]);
                let producer = self.random.pick(&self.known.producers);
                self.request(event, json!({ "producerId": producer })).await;
            }
            _ if sensible && self.known.receives.is_empty() => self.create_transport("recv").await,
            9..=13 => self.consume().await,
            _ => {
                let event = self.random.choose(["resumeConsumer", "pauseConsumer", "closeConsumer"]);
                let consumer = self.random.pick(&self.known.consumers);
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
        let transport = self.random.pick(&self.known.sends);
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
        let transport = self.random.pick(&self.known.receives);
        let published = self.published.lock().expect("nobody panics with it").clone();
        // The newest ones are the likeliest to be there still.
        let producer = self.random.pick(&published[published.len().saturating_sub(10)..]);
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
        player.unwrap_or_else(|error| panic!("COLLOQUY_RACE_SEED={seed}: {error}"));
    }
    server.until_peers_have([1, 0, 0, 0]).await;
    last.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_at_once_nothing_is_left_and_nothing_unanswered() {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seeds = match number("COLLOQUY_RACE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COLLOQUY_RACE_RUNS").unwrap_or(RUNS),
    };
    let server = Arc::new(TestServer::start().await);
    let runs = seeds.end - seeds.start;
    for seed in seeds {
        let told = ToldOnPanic(seed);
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

/// Says which run it was that failed.
struct ToldOnPanic(u64);

impl Drop for ToldOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("to repeat: COLLOQUY_RACE_SEED={}", self.0);
        }
    }
}
