//! The database's settings, and what its keeper is told of rooms.

use crate::calls::{DatabaseSettings, Journal, JournalSettings, Keeper, KeptRooms, Store, StoreError};
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

/// Tells the rooms of calls that were booked before this start, and that nobody came to yet.
pub(super) async fn book_again(store: &Store, rooms: &RoomManager) -> Result<(), StoreError> {
    let bookings = store.bookings().await?;
    let count = bookings.len();
    let refused = bookings.into_iter().filter(|(call_id, options)| rooms.book(call_id, *options).is_err()).count();
    if refused > 0 {
        tracing::warn!("{refused} of {count} calls that were booked are more than calls.max_bookings allows");
    }
    Ok(())
}

pub(super) fn keeper(config: &Config, store: &Store, journal: &Journal, rooms: &RoomManager) -> Keeper {
    let (looked_up, unbooked) = (rooms.clone(), rooms.clone());
    let rooms = KeptRooms {
        is_open: Arc::new(move |call_id| looked_up.find(call_id).is_some()),
        unbook: Arc::new(move |call_id| unbooked.unbook(call_id)),
    };
    Keeper::new(store.clone(), journal.clone(), rooms, config.calls.unused_timeout())
}
