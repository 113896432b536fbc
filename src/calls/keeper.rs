//! What has to be looked after from time to time: servers that are gone, calls nobody came to, what is kept no longer.

use super::{Journal, Store, StoreError};
use crate::protocol::CallId;
use chrono::Utc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(30);
/// After that long without a word a server counts as gone. Several of the writer's pulses.
const LOST_AFTER: Duration = Duration::from_secs(60);

/// What the keeper needs to know and to tell of rooms.
#[derive(Clone)]
pub struct KeptRooms {
    /// Whether there is a room of that call.
    pub is_open: Arc<dyn Fn(&CallId) -> bool + Send + Sync>,
    /// Nobody came to that call: its booking holds no longer.
    pub unbook: Arc<dyn Fn(&CallId) + Send + Sync>,
}

/// Makes its rounds.
pub struct Keeper {
    store: Store,
    journal: Journal,
    rooms: KeptRooms,
    unused_timeout: Duration,
    /// What was lost of the journal by the last round.
    dropped: u64,
}

impl Keeper {
    /// Ends bookings that nobody came to for `unused_timeout`.
    pub fn new(store: Store, journal: Journal, rooms: KeptRooms, unused_timeout: Duration) -> Self {
        Self { store, journal, rooms, unused_timeout, dropped: 0 }
    }

    /// Until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = rounds.tick() => {}
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                done = self.round() => if let Err(error) = done {
                    tracing::warn!(%error, "what is kept in the database could not be looked after");
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), StoreError> {
        let store = &self.store;
        for (id, call_id) in store.end_unused(self.unused_timeout).await? {
            tracing::info!(call = %id, "nobody came to a call that was booked: it is ended");
            (self.rooms.unbook)(&call_id);
        }
        let now = Utc::now();
        store.expire_idempotency_keys(now).await?;
        store.expire_revoked_tokens(now).await?;
        let report = self.journal.report();
        // Who was away from the database itself knows nothing of others.
        if report.ok && report.since >= LOST_AFTER {
            store.sweep_servers(SystemTime::now() - LOST_AFTER).await?;
        }
        if report.dropped > self.dropped && report.queued == 0 {
            store.end_stale(self.journal.server(), &*self.rooms.is_open).await?;
            self.dropped = report.dropped;
        }
        Ok(())
    }
}
