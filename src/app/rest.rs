//! From the configuration to what answers for calls over HTTP.

use crate::auth::Gate;
use crate::calls::{Journal, Store};
use crate::config::Config;
use crate::http::{CallDesk, CallDeskSettings};
use crate::limits::OnLimit;
use crate::rooms::RoomManager;
use crate::signaling::Hub;

pub(super) fn calls(
    config: &Config,
    (store, journal): (&Store, &Journal),
    rooms: &RoomManager,
    gate: &Gate,
    hub: &Hub,
    on_limit: OnLimit,
) -> CallDesk {
    CallDesk::new(CallDeskSettings {
        store: store.clone(),
        journal: journal.clone(),
        rooms: rooms.clone(),
        gate: gate.clone(),
        requests_per_minute: config.rest.requests_per_minute,
        max_body_bytes: config.rest.max_body_bytes,
        tasks: hub.tasks().clone(),
        on_limit,
    })
}
