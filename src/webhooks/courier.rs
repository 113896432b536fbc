//! One endpoint's task: takes out what is due and sends it, several calls' at once, each call's in its order.

use super::deliverer::{DeliverySettings, Ending};
use super::{Clock, Endpoint, LeasedRow, Mailer, Outbox, Outcome, Post};
use crate::telemetry::webhooks::WebhookMetrics;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;

/// Between two looks at the outbox when nothing is known to come: another server may have left rows behind.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// After the outbox could not be reached.
const OUTBOX_PAUSE: Duration = Duration::from_secs(1);
/// Between two looks at the least, whatever clocks say.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
/// After a look in vain the outbox is left alone for so many times as long as the look took: when much waits behind what
/// an endpoint does not take, looks are long.
const REST: u32 = 20;
/// Failures in a row after which an operator should look at an endpoint.
const WORTH_A_WORD: u64 = 5;

/// What a courier and its deliveries share.
pub(super) struct Courier<O, P> {
    pub endpoint: Endpoint,
    pub outbox: Arc<O>,
    pub post: Arc<P>,
    pub mailer: Mailer,
    pub metrics: WebhookMetrics,
    pub clock: Clock,
    pub settings: DeliverySettings,
    /// The endpoint wants to hear nothing any more.
    pub stopped: AtomicBool,
    /// In a row, of whatever was sent.
    pub failures: AtomicU64,
}

impl<O: Outbox, P: Post> Courier<O, P> {
    /// Sends until the end has begun and nothing is due, or until it is over.
    pub async fn run(self: Arc<Self>, ending: Ending) {
        let mut under_way = JoinSet::new();
        let mut rest_until = Instant::now();
        loop {
            let rest = rest_until.saturating_duration_since(Instant::now());
            let pause = if rest.is_zero() || ending.begun.is_cancelled() {
                self.send_out(&mut under_way, &mut rest_until, &ending).await
            } else {
                rest
            };
            if ending.begun.is_cancelled() && under_way.is_empty() {
                return;
            }
            tokio::select! {
                () = ending.over.cancelled() => break,
                () = ending.begun.cancelled(), if !ending.begun.is_cancelled() => {}
                () = self.mailer.written(&self.endpoint.name) => {}
                Some(ended) = under_way.join_next() => report(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        while let Some(ended) = under_way.join_next().await {
            report(ended);
        }
    }

    /// Sends what is due, as far as there is room; the time to wait until there may be more.
    async fn send_out(
        self: &Arc<Self>,
        under_way: &mut JoinSet<()>,
        rest_until: &mut Instant,
        ending: &Ending,
    ) -> Duration {
        let room = self.settings.concurrency.saturating_sub(under_way.len());
        if room == 0 || self.stopped.load(Ordering::Relaxed) {
            return LOOK_AGAIN;
        }
        let (now, asked) = ((self.clock)(), Instant::now());
        let Ok(claim) = self.outbox.claim(&self.endpoint.name, room, now, now + self.settings.lease).await else {
            return OUTBOX_PAUSE;
        };
        if claim.rows.is_empty() {
            *rest_until = Instant::now() + asked.elapsed() * REST;
        }
        for row in claim.rows {
            under_way.spawn(Arc::clone(self).deliver(row, ending.clone()));
        }
        let until_next = claim.next.and_then(|next| next.duration_since(now).ok());
        until_next.unwrap_or(LOOK_AGAIN).clamp(SHORTEST_PAUSE, LOOK_AGAIN)
    }

    async fn deliver(self: Arc<Self>, row: LeasedRow, ending: Ending) {
        let name = &self.endpoint.name;
        let outcome = tokio::select! {
            outcome = self.post.post(&self.endpoint, &row, (self.clock)()) => Some(outcome),
            () = ending.over.cancelled() => None,
        };
        let booked = match outcome {
            Some(Outcome::Delivered) => {
                self.metrics.delivered(name);
                if self.failures.swap(0, Ordering::Relaxed) >= WORTH_A_WORD {
                    tracing::info!(webhook.endpoint = name, "webhook endpoint {name} takes what it is sent again");
                }
                self.outbox.remove(row.id).await
            }
            Some(Outcome::Failed { status, asked }) => {
                self.metrics.failed(name);
                self.tell_of_failure(&row, status);
                let pause = self.settings.backoff.pause(row.attempts.saturating_add(1), chance(), asked);
                self.outbox.postpone(row.id, (self.clock)() + pause).await
            }
            Some(Outcome::Gone) => {
                if !self.stopped.swap(true, Ordering::Relaxed) {
                    self.metrics.stopped(name);
                    tracing::warn!(
                        webhook.endpoint = name,
                        "webhook endpoint {name} is gone (410): it is told nothing until the server starts again"
                    );
                }
                self.outbox.release(row.id).await
            }
            None => self.outbox.release(row.id).await,
        };
        if booked.is_err() {
            let id = row.row.event;
            tracing::debug!(webhook.id = %id, "webhook {id} will be sent again when its lease ends");
        }
    }

    /// Of every failure to those who want to know; of an endpoint that keeps failing to everybody.
    fn tell_of_failure(&self, row: &LeasedRow, status: Option<u16>) {
        let (name, id) = (&self.endpoint.name, row.row.event);
        tracing::debug!(webhook.endpoint = name, webhook.id = %id, status, "webhook {id} to {name} was sent in vain");
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 == WORTH_A_WORD {
            tracing::warn!(
                webhook.endpoint = name,
                status,
                "webhook endpoint {name} keeps failing: what happens is kept for it, and sent again"
            );
        }
    }
}

fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a webhook's delivery ended by a fault");
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}
