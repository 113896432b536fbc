//! A call whose workers are killed at random, one after the other. Clients do what `mediaReset` tells them; in the end
//! everybody receives everybody. `COLLOQUY_CHAOS_SEED` repeats the choices, `COLLOQUY_CHAOS_SECONDS` is how long it goes
//! on.

use crate::process::signal;
use crate::support::random::{Random, setting};
use crate::support::rtc::{Caller, Flow, Incoming, Link, Published, StreamSpec};
use crate::support::{DEADLINE, Refusal, TestServer};
use colloquy::config::WorkerIsolation;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinHandle;

const PEERS: usize = 8;
const SECONDS: u64 = 60;
/// Frames at the pace of a camera, so that the test's own endpoints keep up on a small machine.
const FRAME_INTERVAL: Duration = Duration::from_millis(40);
/// From the last death to everybody receiving everybody again.
const RECOVERY: Duration = Duration::from_secs(30);
const SIGNALS: [&str; 3] = ["KILL", "STOP", "ABRT"];

/// All media of a peer, from one reset to the next.
struct Media {
    sending: Link,
    receiving: Link,
    published: [Published; 2],
    /// By producer.
    incoming: Mutex<BTreeMap<String, Incoming>>,
}

struct Member {
    caller: Caller,
    media: Mutex<Option<Arc<Media>>>,
    /// What was refused last, for whoever looks into a failure.
    refusal: Mutex<Option<Refusal>>,
}

impl Member {
    async fn join(server: &TestServer, number: usize) -> Arc<Self> {
        let caller = Caller::join(server, "chaos", &format!("caller {number}")).await;
        Arc::new(Self { caller, media: Mutex::default(), refusal: Mutex::default() })
    }

    fn media(&self) -> Option<Arc<Media>> {
        self.media.lock().expect("nobody panics with it").clone()
    }

    /// Sets its media up, and again whenever it is told to.
    async fn follow(self: Arc<Self>) {
        loop {
            let built = self.build().await;
            let reset = self.reset_meanwhile();
            match built {
                Ok(media) if !reset => {
                    *self.media.lock().expect("nobody panics with it") = Some(Arc::clone(&media));
                    self.receive_until_reset(&media).await;
                    *self.media.lock().expect("nobody panics with it") = None;
                }
                // What is refused stands on what is gone, and that is said in a moment.
                Err(refusal) if !reset => {
                    *self.refusal.lock().expect("nobody panics with it") = Some(refusal);
                    self.caller.client.event_among(&["mediaReset"]).await;
                }
                _ => {}
            }
        }
    }

    /// Whether there was a reset, or several, since the last look.
    fn reset_meanwhile(&self) -> bool {
        std::iter::from_fn(|| self.caller.client.take_event(&["mediaReset"])).count() > 0
    }

    async fn build(&self) -> Result<Arc<Media>, Refusal> {
        let (sending, receiving) = tokio::try_join!(self.caller.try_open("send"), self.caller.try_open("recv"))?;
        let video = StreamSpec { interval: FRAME_INTERVAL, ..StreamSpec::video(2000) };
        let published = [
            self.caller.try_publish(&sending, StreamSpec::audio(1000)).await?,
            self.caller.try_publish(&sending, video).await?,
        ];
        // From here on newProducer tells of the rest.
        while self.caller.client.take_event(&["newProducer"]).is_some() {}
        let media = Arc::new(Media { sending, receiving, published, incoming: Mutex::default() });
        let there = self.caller.client.request("getProducers", json!({ "callId": "chaos" })).await?;
        for producer in there["producers"].as_array().expect("a list") {
            self.receive(&media, producer).await;
        }
        Ok(media)
    }

    async fn receive_until_reset(&self, media: &Media) {
        loop {
            match self.caller.client.event_among(&["mediaReset", "newProducer"]).await {
                (name, producer) if name == "newProducer" => self.receive(media, &producer).await,
                _ => return,
            }
        }
    }

    /// A producer that is gone already is followed by another, or by a reset.
    async fn receive(&self, media: &Media, producer: &Value) {
        let id = producer["producerId"].as_str().expect("an id");
        let known = media.incoming.lock().expect("nobody panics with it").contains_key(id);
        if known {
            return;
        }
        match self.caller.try_receive(&media.receiving, id).await {
            Ok(incoming) => drop(media.incoming.lock().expect("nobody panics with it").insert(id.to_owned(), incoming)),
            Err(refusal) => *self.refusal.lock().expect("nobody panics with it") = Some(refusal),
        }
    }

    /// For whoever looks into a failure.
    fn describe(&self) -> String {
        let media = self.media().map(|media| media.incoming.lock().expect("nobody panics with it").len());
        let refusal = self.refusal.lock().expect("nobody panics with it").clone();
        format!("receives {media:?}, was refused {refusal:?} last")
    }
}

/// Kills a worker every few seconds until the time is over; gives how many.
async fn wreak_havoc(server: &TestServer, random: &mut Random, time: Duration) -> u64 {
    let end = Instant::now() + time;
    let mut deaths = 0;
    while Instant::now() < end {
        let stats = server.stats().await;
        let pids: Vec<_> = stats["workersDetail"].as_array().expect("a list").iter().map(|one| &one["pid"]).collect();
        let victim = random.of(&pids).expect("there are workers");
        let name = random.of(&SIGNALS).expect("there are some");
        // One that died a moment ago has no process.
        if victim.as_u64().is_some_and(|pid| pid > 0) {
            signal(name, &victim.to_string());
            deaths += 1;
        }
        // The pace of the deaths is what this is about.
        tokio::time::sleep(Duration::from_millis(500 + random.below(4000))).await;
    }
    deaths
}

/// Whether everybody has asked for everything that the others publish now.
fn complete(members: &[Arc<Member>]) -> bool {
    let media: Vec<_> = members.iter().map(|member| member.media()).collect();
    let Some(media) = media.into_iter().collect::<Option<Vec<_>>>() else { return false };
    media.iter().enumerate().all(|(number, receiver)| {
        let others = media.iter().enumerate().filter(|(other, _)| *other != number);
        let wanted: BTreeSet<_> = others.flat_map(|(_, other)| &other.published).map(|one| &one.producer).collect();
        let incoming = receiver.incoming.lock().expect("nobody panics with it");
        wanted.into_iter().all(|producer| incoming.contains_key(producer))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_survives_the_death_of_any_worker_at_any_time() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let seed = setting("COLLOQUY_CHAOS_SEED").unwrap_or(now);
    eprintln!("COLLOQUY_CHAOS_SEED={seed} repeats these deaths");
    let server = TestServer::start_with(|config| {
        config.workers.isolation = WorkerIsolation::Process;
        config.workers.max_failures = 1000;
        config.rooms.max_media_resets_per_minute = 1000;
        config.rooms.media_reset_deadline_s = 30;
        // Small enough that the call needs both workers.
        config.rooms.max_consumers_per_router = 40;
        config.rooms.max_transports_per_peer = 100;
    })
    .await;
    let mut members = Vec::new();
    for number in 0..PEERS {
        members.push(Member::join(&server, number).await);
    }
    let follow = |member: &Arc<Member>| tokio::spawn(Arc::clone(member).follow());
    let followers: Vec<JoinHandle<()>> = members.iter().map(follow).collect();

    let seconds = setting("COLLOQUY_CHAOS_SECONDS").unwrap_or(SECONDS);
    let deaths = wreak_havoc(&server, &mut Random(seed), Duration::from_secs(seconds)).await;
    assert!(deaths > 0, "nobody died");

    let started = Instant::now();
    while !complete(&members) {
        if started.elapsed() >= RECOVERY {
            let members: Vec<_> = members.iter().map(|member| member.describe()).collect();
            panic!("not everybody receives everybody, {RECOVERY:?} after {deaths} deaths: {members:#?}");
        }
        assert!(followers.iter().all(|follower| !follower.is_finished()), "a client failed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let media: Vec<_> = members.iter().map(|member| member.media().expect("is complete")).collect();
    for (number, receiver) in media.iter().enumerate() {
        for (_, sender) in media.iter().enumerate().filter(|(other, _)| *other != number) {
            for published in &sender.published {
                let incoming = receiver.incoming.lock().expect("nobody panics with it")[&published.producer].clone();
                let flow = Flow::new(&sender.sending, published, &receiver.receiving, &incoming);
                tokio::time::timeout(DEADLINE, flow.goes_on()).await.expect("flows");
            }
        }
    }
    eprintln!("{deaths} deaths, {:.1} s to recover from the last", started.elapsed().as_secs_f64());
    drop(media);
    followers.iter().for_each(JoinHandle::abort);
    for follower in followers {
        drop(follower.await);
    }
    drop(members);
    server.finish().await;
}
