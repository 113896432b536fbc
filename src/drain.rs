//! Drain: the way out of service that no call notices. No new rooms are made, every client is told until when it should
//! have gone elsewhere, and when no room is left, or the time is over, the server may end. It can be called off.

use crate::protocol::Event;
use crate::rooms::RoomManager;
use crate::signaling::Hub;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::Instant;

/// Starts, cancels and awaits a drain. Cheap to clone.
#[derive(Clone)]
pub struct Drain(Arc<Inner>);

struct Inner {
    rooms: RoomManager,
    hub: Hub,
    time: Duration,
    /// When the time is over; none while in service.
    deadline: watch::Sender<Option<Instant>>,
}

/// How far a drain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainStatus {
    /// Until when, if the server drains.
    pub deadline: Option<SystemTime>,
    /// Rooms that are left.
    pub rooms: usize,
    /// Peers in them.
    pub peers: usize,
}

impl Drain {
    /// In service; a drain will take no longer than `time`.
    pub fn new(rooms: RoomManager, hub: Hub, time: Duration) -> Self {
        let deadline = watch::Sender::new(None);
        Self(Arc::new(Inner { rooms, hub, time, deadline }))
    }

    /// Begins. One that goes on keeps its deadline.
    pub fn start(&self) {
        let Inner { rooms, hub, time, deadline } = &*self.0;
        let until = SystemTime::now() + *time;
        let begins = deadline.send_if_modified(|deadline| {
            let begins = rooms.drain(until);
            if begins {
                *deadline = Some(Instant::now() + *time);
            }
            begins
        });
        if begins {
            let left = rooms.report();
            tracing::info!("draining for at most {} s: {} rooms, {} peers", time.as_secs(), left.rooms, left.peers);
            hub.broadcast(Event::draining(until));
        }
    }

    /// Goes back into service, if it drains.
    pub fn cancel(&self) {
        let Inner { rooms, deadline, .. } = &*self.0;
        let ends = deadline.send_if_modified(|deadline| {
            *deadline = None;
            rooms.cancel_drain()
        });
        if ends {
            tracing::info!("no longer draining");
        }
    }

    /// How far it has come.
    pub fn status(&self) -> DrainStatus {
        let rooms = &self.0.rooms;
        let report = rooms.report();
        DrainStatus { deadline: rooms.drain_deadline(), rooms: report.rooms, peers: report.peers }
    }

    /// Waits until a drain has come to its end: no room is left, or its time is over.
    pub async fn done(&self) {
        let rooms = &self.0.rooms;
        let mut changes = self.0.deadline.subscribe();
        loop {
            let deadline = *changes.borrow_and_update();
            let Some(deadline) = deadline else {
                // The sender lives as long as this.
                drop(changes.changed().await);
                continue;
            };
            tokio::select! {
                biased;
                _ = changes.changed() => {}
                () = rooms.until_none() => return tracing::info!("drained: no room is left"),
                () = tokio::time::sleep_until(deadline) => {
                    let left = rooms.report();
                    return tracing::warn!("the time to drain is over: {} rooms, {} peers", left.rooms, left.peers);
                }
            }
        }
    }
}
