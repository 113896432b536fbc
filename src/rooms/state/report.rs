//! What is in the room, as operators are told.

use super::State;
use crate::rooms::peer::Peer;
use crate::rooms::report::{ParticipantReport, QualityReport, RoomReport};
use std::time::{Instant, SystemTime};

impl State {
    /// What there is; `now` by both clocks.
    pub fn report(&self, now: Instant, at: SystemTime) -> RoomReport {
        let mut peers: Vec<_> = self.peers.values().collect();
        peers.sort_by_key(|peer| peer.joined);
        RoomReport {
            call_id: self.call_id.clone(),
            participant_count: peers.len(),
            participants: peers.into_iter().map(|peer| participant(peer, now, at)).collect(),
            recording: None,
        }
    }
}

fn participant(peer: &Peer, now: Instant, at: SystemTime) -> ParticipantReport {
    let info = peer.info();
    let figures = peer.health.figures();
    let joined = at.checked_sub(now.saturating_duration_since(peer.since)).unwrap_or(at);
    ParticipantReport {
        peer_id: info.peer_id,
        user_id: info.user_id,
        display_name: info.display_name,
        role: info.role,
        reconnecting: info.reconnecting,
        joined_at: humantime::format_rfc3339_millis(joined).to_string(),
        producers: info.producers,
        consumers: peer.consumers.len(),
        cannot_consume: peer.cannot_consume.iter().copied().collect(),
        quality: QualityReport {
            receiving: figures.map(|[_, receiving]| receiving),
            sending: figures.map(|[sending, _]| sending),
            warnings: info.warnings,
        },
    }
}
