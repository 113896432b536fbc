//! The database's settings, and what its keeper is told of rooms.

use crate::calls::{DatabaseSettings, Journal, JournalSettings, Keeper, KeptRooms, Store};
use crate::config::Config;
use crate::limits::OnLimit;
use crate::rooms::RoomManager;
use std::net::SocketAddr;
use std::sync::Arc;

pub(super) fn settings(config: &Config) -> DatabaseSettings {
    let database = &config.database;
    DatabaseSettings {
        url: database.url.expose().to_owned(),
        max_connections: database.max_connections,
        connect_deadline: database.connect_deadline(),
        request_deadline: database.request_deadline(),
    }
}

pub(super) fn journal_settings(config: &Config, address: SocketAddr, on_limit: OnLimit) -> JournalSettings {
    let node = match config.server.node.as_str() {
        "" => format!("{}:{}", rustix::system::uname().nodename().to_string_lossy(), address.port()),
        node => node.to_owned(),
    };
    JournalSettings { node, queue: config.database.queue, on_limit }
}

pub(super) fn keeper(config: &Config, store: &Store, journal: &Journal, rooms: &RoomManager) -> Keeper {
    let looked_up = rooms.clone();
    let rooms = KeptRooms { is_open: Arc::new(move |call_id| looked_up.find(call_id).is_some()) };
    Keeper::new(store.clone(), journal.clone(), rooms, config.calls.unused_timeout())
}
