//! The deliveries, with endpoints and an outbox that have no network and no database.

mod memory;

use super::*;
use crate::limits::Limit;
use crate::telemetry::metrics::Metrics;
use memory::{Endpoints, Memory};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

const FAILED: Outcome = Outcome::Failed { status: Some(500), asked: None };
/// How long anything awaited may take.
const DEADLINE: Duration = Duration::from_secs(20);
/// After which rows are given up, where this is tried.
const AGE: Duration = Duration::from_secs(1);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

struct Scene {
    outbox: Memory,
    endpoints: Endpoints,
    mailer: Mailer,
    metrics: Metrics,
    given_up: Arc<AtomicU64>,
    deliverer: Deliverer,
}

impl Scene {
    /// With these endpoints, who take everything until they are told otherwise; two requests at once.
    fn start(names: &[&str]) -> Self {
        Self::start_on(Memory::default(), names, DEADLINE)
    }

    fn start_on(outbox: Memory, names: &[&str], give_up_after: Duration) -> Self {
        let (endpoints, metrics) = (Endpoints::new(), Metrics::new());
        let given_up = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&given_up);
        let subscribe = |name: &&str| Subscription { endpoint: (*name).to_owned(), types: EventType::ALL.into() };
        let mailer =
            Mailer::new(names.iter().map(subscribe).collect(), false, u64::MAX, Arc::new(|limit| panic!("{limit}")));
        let parts = DeliveryParts {
            outbox: outbox.clone(),
            post: endpoints.clone(),
            mailer: mailer.clone(),
            metrics: metrics.webhooks.clone(),
            clock: Arc::new(SystemTime::now),
            on_limit: Arc::new(move |limit| {
                assert_eq!(limit, Limit::WebhookAge);
                counting.fetch_add(1, Ordering::Relaxed);
            }),
            settings: DeliverySettings {
                concurrency: 2,
                backoff: Backoff { first: ms(20), most: ms(100) },
                give_up_after,
                lease: DEADLINE,
            },
        };
        let endpoint = |name: &&str| Endpoint {
            name: (*name).to_owned(),
            url: format!("https://{name}.example.com"),
            signer: Signer::default(),
        };
        for name in names {
            endpoints.behave(name, |_, _| Some(Outcome::Delivered));
        }
        let deliverer = Deliverer::start(names.iter().map(endpoint).collect(), parts);
        Self { outbox, endpoints, mailer, metrics, given_up, deliverer }
    }

    fn write(&self, endpoint: &str, call: u128, event: u128) {
        self.outbox.write(endpoint, call, event, SystemTime::now());
        self.mailer.wake();
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !holds(self) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(DEADLINE, waiting).await.expect("comes to pass");
    }

    async fn until_empty(&self) {
        self.until(|scene| scene.outbox.len() == 0).await;
    }

    fn metric(&self, name: &str) -> String {
        let text = self.metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("colloquy_webhooks_{name} ")));
        line.unwrap_or_else(|| panic!("no {name}: {text}")).to_owned()
    }
}

#[tokio::test]
async fn what_is_written_is_sent_without_a_look_at_the_clock() {
    let scene = Scene::start(&["a"]);
    scene.until(|scene| scene.metric(r#"waiting{endpoint="a"}"#) == "0").await;
    let started = SystemTime::now();
    scene.write("a", 1, 1);
    scene.until_empty().await;
    // By itself it looks every five seconds.
    assert!(started.elapsed().expect("later") < Duration::from_secs(4));
    assert_eq!(scene.metric(r#"delivered_total{endpoint="a"}"#), "1");
}

#[tokio::test]
async fn one_call_s_rows_keep_their_order_while_the_endpoint_fails() {
    let scene = Scene::start(&["a"]);
    scene.endpoints.behave("a", |_, before| Some(if before % 2 == 0 { FAILED } else { Outcome::Delivered }));
    for event in 1..=10 {
        scene.write("a", 1, event);
    }
    scene.until_empty().await;
    assert_eq!(scene.endpoints.delivered(), (1..=10).collect::<Vec<_>>());
    assert_eq!(scene.metric(r#"failed_total{endpoint="a"}"#), "10");
    assert_eq!(scene.endpoints.most_open(), 1, "one call's, one after another");
}

#[tokio::test]
async fn several_calls_go_out_at_once_but_not_more_than_allowed() {
    let scene = Scene::start(&["a"]);
    scene.endpoints.behave("a", |_, _| None);
    for call in 0..6 {
        scene.write("a", call, call);
    }
    scene.until(|scene| scene.endpoints.open() == 2).await;
    scene.endpoints.let_go();
    scene.until_empty().await;
    assert_eq!((scene.endpoints.most_open(), scene.endpoints.delivered().len()), (2, 6));
}

#[tokio::test]
async fn a_slow_endpoint_does_not_hold_up_another() {
    let scene = Scene::start(&["slow", "quick"]);
    scene.endpoints.behave("slow", |_, _| None);
    for call in 0..50 {
        scene.write("slow", call, call);
        scene.write("quick", call, 100 + call);
    }
    scene.until(|scene| scene.endpoints.delivered().len() == 50).await;
    assert!(scene.endpoints.delivered().iter().all(|event| *event >= 100));
}

#[tokio::test]
async fn a_call_that_fails_does_not_hold_up_another() {
    let scene = Scene::start(&["a"]);
    let of_call_one = |row: &LeasedRow| row.row.call.as_u128() == 1;
    scene.endpoints.behave("a", move |row, _| Some(if of_call_one(row) { FAILED } else { Outcome::Delivered }));
    scene.write("a", 1, 1);
    for event in 2..=20 {
        scene.write("a", event, event);
    }
    scene.until(|scene| scene.endpoints.delivered().len() == 19).await;
    assert_eq!(scene.outbox.len(), 1);
}

#[tokio::test]
async fn the_pauses_grow_and_the_endpoint_s_wish_counts() {
    let scene = Scene::start(&["a"]);
    scene.endpoints.behave("a", |_, before| {
        Some(match before {
            0..3 => FAILED,
            3 => Outcome::Failed { status: Some(429), asked: Some(ms(500)) },
            _ => Outcome::Delivered,
        })
    });
    scene.write("a", 1, 1);
    scene.until_empty().await;
    let at: Vec<_> = scene.endpoints.seen().iter().map(|seen| seen.at).collect();
    let pauses: Vec<_> = at.windows(2).map(|pair| pair[1].duration_since(pair[0]).expect("later")).collect();
    let at_least = [10, 20, 40, 500].map(ms);
    assert!(pauses.len() == 4 && pauses.iter().zip(at_least).all(|(pause, least)| *pause >= least), "{pauses:?}");
}

#[tokio::test]
async fn what_is_too_old_is_given_up_also_of_endpoints_that_are_no_more() {
    let scene = Scene::start_on(Memory::default(), &["a"], AGE);
    let is_first = |row: &LeasedRow| row.row.event.as_u128() == 1;
    scene.endpoints.behave("a", move |row, _| Some(if is_first(row) { FAILED } else { Outcome::Delivered }));
    scene.outbox.write("a", 1, 1, SystemTime::now());
    scene.outbox.write("gone", 1, 2, SystemTime::now());
    // What comes later is not as old.
    scene.outbox.write("a", 1, 3, SystemTime::now() + DEADLINE);
    scene.until(|scene| scene.outbox.len() == 1).await;
    assert_eq!((scene.endpoints.delivered(), scene.given_up.load(Ordering::Relaxed)), (vec![], 2));
    assert_eq!(scene.metric(r#"given_up_total{endpoint="a"}"#), "1");
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_until_the_next_start() {
    let scene = Scene::start(&["a", "b"]);
    scene.endpoints.behave("a", |_, _| Some(Outcome::Gone));
    scene.write("a", 1, 1);
    scene.until(|scene| scene.metric(r#"stopped{endpoint="a"}"#) == "1").await;
    scene.write("a", 2, 2);
    scene.write("b", 2, 3);
    // Counted now and then, long after what is due would have been sent.
    scene.until(|scene| scene.metric(r#"waiting{endpoint="a"}"#) == "2").await;
    assert_eq!((scene.endpoints.seen().len(), scene.outbox.len(), scene.outbox.leased()), (2, 2, 0));
    let age: f64 = scene.metric(r#"oldest_seconds{endpoint="a"}"#).parse().expect("a number");
    assert!(age > 0.0, "{age}");
    scene.deliverer.shutdown(DEADLINE).await;

    let scene = Scene::start_on(scene.outbox, &["a"], DEADLINE);
    scene.until_empty().await;
    assert_eq!(scene.endpoints.delivered(), [1, 2]);
}

#[tokio::test]
async fn the_end_waits_for_what_is_due_and_no_longer_than_it_may() {
    let scene = Scene::start(&["a", "b"]);
    scene.endpoints.behave("b", |_, _| None);
    for event in 1..=3 {
        scene.outbox.write("a", 1, event, SystemTime::now());
    }
    scene.outbox.write("b", 1, 4, SystemTime::now());
    let (outbox, endpoints) = (scene.outbox.clone(), scene.endpoints.clone());
    scene.deliverer.shutdown(AGE).await;
    assert_eq!(endpoints.delivered(), [1, 2, 3]);
    assert_eq!((outbox.len(), outbox.leased()), (1, 0), "given back at once");
}

#[tokio::test]
async fn what_a_dead_server_had_under_way_is_sent_when_its_lease_ends() {
    let (outbox, now) = (Memory::default(), SystemTime::now());
    outbox.write("a", 1, 1, now);
    outbox.claim("a", 1, now, now + ms(300)).await.expect("is there");
    let scene = Scene::start_on(outbox, &["a"], DEADLINE);
    scene.until_empty().await;
    let at = scene.endpoints.seen()[0].at;
    assert!(at >= now + ms(300), "{at:?}");
}
