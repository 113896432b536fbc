//! Who is still there: a peer whose media has had no path for too long (its ICE consent, RFC 7675, ran out on every
//! transport that had one) and of whom nothing is heard either is taken out.

use super::{State, Timer};
use crate::ids::{PeerId, TransportId};
use crate::protocol::{Event, Reason};
use crate::rooms::command::Output;
use crate::rooms::peer::{Path, Peer};
use std::time::Instant;

/// Since when none of a peer's transports has a path, if at least one had one before.
fn lost_since(peer: &Peer) -> Option<Instant> {
    let mut latest = None;
    for transport in peer.transports.values() {
        match transport.path {
            Path::Open => return None,
            Path::NotYet => {}
            Path::LostSince(since) => latest = latest.max(Some(since)),
        }
    }
    latest
}

impl State {
    pub(super) fn path_changed(&mut self, id: TransportId, connected: bool, now: Instant) {
        let Some(peer) = self.peers.values_mut().find(|peer| peer.transports.contains_key(&id)) else { return };
        let Some(transport) = peer.transports.get_mut(&id) else { return };
        transport.path = match (connected, transport.path) {
            (true, _) => Path::Open,
            (false, Path::LostSince(since)) => Path::LostSince(since),
            (false, Path::NotYet | Path::Open) => Path::LostSince(now),
        };
        if lost_since(peer).is_some() {
            self.timers.insert((now + self.settings.dead_peer, Timer::Silence(peer.id)));
        }
    }

    pub(super) fn look_for_silence(&mut self, id: PeerId, now: Instant) {
        let Some(peer) = self.peers.get(&id) else { return };
        let Some(since) = lost_since(peer) else { return };
        // A word over signaling counts as long as there is a socket: its owner may be mending the path.
        let last = if peer.session.is_some() { since.max(peer.heard) } else { since };
        let due = last + self.settings.dead_peer;
        if due > now {
            self.timers.insert((due, Timer::Silence(id)));
            return;
        }
        if let Some(session) = peer.session {
            self.outputs.push(Output::Tell(vec![session], Event::Kicked { reason: Reason::TimedOut, by: None }));
        }
        self.leave(id, Reason::TimedOut, now);
    }
}
