//! The tasks that empty the outbox: one for each endpoint, and one that counts what waits and gives up what is too old.

use super::courier::Courier;
use super::{Backoff, Clock, Endpoint, Mailer, Outbox, Post};
use crate::limits::{Limit, OnLimit};
use crate::telemetry::webhooks::WebhookMetrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Between two counts of what waits at most.
const COUNT_AGAIN: Duration = Duration::from_secs(5);
/// The same at the least.
const COUNT_SOONEST: Duration = Duration::from_millis(250);

/// How rows are delivered.
#[derive(Debug, Clone, Copy)]
pub struct DeliverySettings {
    /// Requests under way to one endpoint at most.
    pub concurrency: usize,
    /// Pauses after failures.
    pub backoff: Backoff,
    /// Age of a row that is given up.
    pub give_up_after: Duration,
    /// How long a row is leased: longer than a request may take, and than servers' clocks may differ.
    pub lease: Duration,
}

/// What couriers work with.
pub struct DeliveryParts<O, P> {
    /// Keeps what waits.
    pub outbox: O,
    /// Carries it.
    pub post: P,
    /// Says when something was written, and hears how much waits.
    pub mailer: Mailer,
    /// Counts.
    pub metrics: WebhookMetrics,
    /// Tells the time.
    pub clock: Clock,
    /// Hears of what is given up.
    pub on_limit: OnLimit,
    /// How it is done.
    pub settings: DeliverySettings,
}

/// The end, in two steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Ending {
    /// What is due is still sent.
    pub begun: CancellationToken,
    /// What is under way is cut short.
    pub over: CancellationToken,
}

/// Empties the outbox until it is shut down.
#[derive(Debug)]
pub struct Deliverer {
    tasks: TaskTracker,
    ending: Ending,
}

impl Deliverer {
    /// Starts the tasks, one for each endpoint and one more.
    pub fn start<O: Outbox, P: Post>(endpoints: Vec<Endpoint>, parts: DeliveryParts<O, P>) -> Self {
        let DeliveryParts { outbox, post, mailer, metrics, clock, on_limit, settings } = parts;
        let (tasks, ending) = (TaskTracker::new(), Ending::default());
        let (outbox, post) = (Arc::new(outbox), Arc::new(post));
        let names = endpoints.iter().map(|endpoint| endpoint.name.clone()).collect();
        for endpoint in endpoints {
            metrics.expect(&endpoint.name);
            let courier = Arc::new(Courier {
                endpoint,
                outbox: Arc::clone(&outbox),
                post: Arc::clone(&post),
                mailer: mailer.clone(),
                metrics: metrics.clone(),
                clock: Arc::clone(&clock),
                settings,
                stopped: AtomicBool::new(false),
                failures: AtomicU64::new(0),
            });
            tasks.spawn(courier.run(ending.clone()));
        }
        let give_up_after = settings.give_up_after;
        let keeper = Keeper { names, outbox, mailer, metrics, clock, on_limit, give_up_after };
        tasks.spawn(keeper.run(ending.begun.clone()));
        tasks.close();
        Self { tasks, ending }
    }

    /// Sends what is due, for as long as `grace`; then cuts short what is under way, which is sent again by whoever
    /// takes it out next.
    pub async fn shutdown(self, grace: Duration) {
        self.ending.begun.cancel();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            self.ending.over.cancel();
            self.tasks.wait().await;
        }
    }
}

/// Counts what waits, and gives up what is too old.
struct Keeper<O> {
    names: Vec<String>,
    outbox: Arc<O>,
    mailer: Mailer,
    metrics: WebhookMetrics,
    clock: Clock,
    on_limit: OnLimit,
    give_up_after: Duration,
}

impl<O: Outbox> Keeper<O> {
    async fn run(self, end: CancellationToken) {
        let pause = (self.give_up_after / 4).clamp(COUNT_SOONEST, COUNT_AGAIN);
        loop {
            self.give_up().await;
            for name in &self.names {
                self.count(name).await;
            }
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Also what waits for endpoints that are in the configuration no more.
    async fn give_up(&self) {
        let now = (self.clock)();
        let Some(before) = now.checked_sub(self.give_up_after) else { return };
        for endpoint in self.outbox.expire(before, now).await.unwrap_or_default() {
            self.metrics.given_up(&endpoint);
            (self.on_limit)(Limit::WebhookAge);
            tracing::warn!(webhook.endpoint = endpoint, "a webhook for {endpoint} is given up: it waited for too long");
        }
    }

    async fn count(&self, name: &str) {
        let Ok(backlog) = self.outbox.backlog(name).await else { return };
        let age = backlog.oldest.and_then(|oldest| (self.clock)().duration_since(oldest).ok());
        self.metrics.backlog(name, backlog.waiting, age.unwrap_or_default().as_secs_f64());
        self.mailer.counted(name, backlog.waiting);
    }
}
