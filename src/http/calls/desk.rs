//! What the endpoints work with.

use super::super::body::BodyLimit;
use super::super::problem::{self, Problem};
use super::pace::Asker;
use super::turns::Turns;
use crate::auth::Gate;
use crate::calls::{Call, Journal, Store};
use crate::limits::{OnLimit, Paces, Rate};
use crate::rooms::{RoomError, RoomManager, RoomOptions};
use axum::extract::FromRef;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Between two looks at who can be forgotten.
const WATCH: Duration = Duration::from_secs(10);

/// How long to wait for what is on its way into the database.
const CATCH_UP: Duration = Duration::from_secs(2);

/// What a desk is made of.
pub struct CallDeskSettings {
    /// Where calls are kept.
    pub store: Store,
    /// What rooms tell of them, on its way there.
    pub journal: Journal,
    /// Where they take place.
    pub rooms: RoomManager,
    /// Tells who asks.
    pub gate: Gate,
    /// Requests of one key or address within a minute.
    pub requests_per_minute: u32,
    /// The largest body, in bytes.
    pub max_body_bytes: usize,
    /// What a request began is ended by these, whether its client waits for it or not.
    pub tasks: TaskTracker,
    /// Hears of what is refused.
    pub on_limit: OnLimit,
}

/// Answers for calls. Cheap to clone.
#[derive(Clone)]
pub struct CallDesk {
    pub(super) store: Store,
    pub(super) rooms: RoomManager,
    journal: Journal,
    pub(super) turns: Turns,
    pub(super) paces: Arc<Paces<Asker>>,
    pub(super) on_limit: OnLimit,
    gate: Gate,
    max_body_bytes: usize,
    tasks: TaskTracker,
}

impl CallDesk {
    /// Nobody has asked yet.
    pub fn new(settings: CallDeskSettings) -> Self {
        let CallDeskSettings { store, journal, rooms, gate, requests_per_minute, max_body_bytes, tasks, on_limit } =
            settings;
        let paces = Arc::new(Paces::new(Rate::per_minute(requests_per_minute)));
        Self { store, journal, rooms, turns: Turns::default(), paces, on_limit, gate, max_body_bytes, tasks }
    }

    /// Forgets who has not asked for long.
    pub async fn watch(self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(WATCH);
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            self.paces.forget();
        }
    }

    /// Does it to its end, also if who asked is gone by then: the database and the room must not part ways.
    pub(super) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let done = self.tasks.spawn(work.in_current_span()).await;
        done.unwrap_or_else(|error| Err(problem::fault(&error)))
    }

    /// Waits until what rooms told is in the database; not for long: then what is there has to do.
    pub(super) async fn catch_up(&self) {
        drop(tokio::time::timeout(CATCH_UP, self.journal.caught_up()).await);
    }

    /// Makes what is kept of a call hold in its room, whether that is open or to come.
    pub(super) fn apply(&self, call: &Call) -> Result<(), RoomError> {
        let max_peers = call.max_participants.and_then(|max| usize::try_from(max).ok());
        self.rooms.book(&call.call_id, RoomOptions { max_peers, locked: call.locked })
    }
}

impl FromRef<CallDesk> for Gate {
    fn from_ref(desk: &CallDesk) -> Self {
        desk.gate.clone()
    }
}

impl FromRef<CallDesk> for BodyLimit {
    fn from_ref(desk: &CallDesk) -> Self {
        Self { max_bytes: desk.max_body_bytes, on_limit: Arc::clone(&desk.on_limit) }
    }
}
