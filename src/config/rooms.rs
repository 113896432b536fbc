//! `[rooms]`: how many, how large, and what one peer may hold.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Limits of rooms and of the peers in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomsConfig {
    /// Rooms open at once.
    pub max_rooms: usize,
    /// Peers in one room.
    pub max_peers: usize,
    /// Seconds that an empty room is kept.
    pub empty_close_s: u64,
    /// Seconds that a peer whose socket is gone may come back; 0: it leaves at once.
    pub resume_grace_s: u64,
    /// Seconds without a path for its media, and without a word from it, after which a peer is taken out.
    pub dead_peer_s: u64,
    /// Consumers on one router before the room takes another, four of audio counting as one.
    pub max_consumers_per_router: usize,
    /// Losses of its media within a minute that a room survives.
    pub max_media_resets_per_minute: usize,
    /// Seconds that a room which lost its media looks for another worker.
    pub media_reset_deadline_s: u64,
    /// Commands that may wait in one room before further ones are refused.
    pub queue: usize,
    /// Transports of one peer, both directions.
    pub max_transports_per_peer: usize,
    /// Tracks of audio one peer may send.
    pub max_audio_producers_per_peer: usize,
    /// Tracks of video one peer may send.
    pub max_video_producers_per_peer: usize,
    /// Screens that may be shared in one room at once.
    pub max_screens: usize,
    /// Milliseconds that a layer may go on unwatched before its publisher is told.
    pub layers_release_ms: u64,
    /// Tracks one peer may receive.
    pub max_consumers_per_peer: usize,
    /// Bytes of a producer's `appData` as JSON.
    pub max_app_data_bytes: usize,
}

impl RoomsConfig {
    /// [`Self::empty_close_s`] as a duration.
    pub fn empty_close(&self) -> Duration {
        Duration::from_secs(self.empty_close_s)
    }

    /// [`Self::resume_grace_s`] as a duration.
    pub fn resume_grace(&self) -> Duration {
        Duration::from_secs(self.resume_grace_s)
    }

    /// [`Self::layers_release_ms`] as a duration.
    pub fn layers_release(&self) -> Duration {
        Duration::from_millis(self.layers_release_ms)
    }

    /// [`Self::dead_peer_s`] as a duration.
    pub fn dead_peer(&self) -> Duration {
        Duration::from_secs(self.dead_peer_s)
    }

    /// [`Self::media_reset_deadline_s`] as a duration.
    pub fn media_reset_deadline(&self) -> Duration {
        Duration::from_secs(self.media_reset_deadline_s)
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::int("max_rooms", 1, 1_000_000),
    Key::int("max_peers", 1, 10_000),
    Key::int("empty_close_s", 1, 86_400),
    Key::int("resume_grace_s", 0, 86_400),
    Key::int("dead_peer_s", 1, 86_400),
    Key::int("max_consumers_per_router", 1, 1_000_000),
    Key::int("max_media_resets_per_minute", 1, 1_000_000),
    Key::int("media_reset_deadline_s", 1, 600),
    Key::int("queue", 1, 1_000_000),
    Key::int("max_transports_per_peer", 1, 1_000),
    Key::int("max_audio_producers_per_peer", 1, 1_000),
    Key::int("max_video_producers_per_peer", 1, 1_000),
    Key::int("max_screens", 0, 1_000),
    Key::int("layers_release_ms", 0, 600_000),
    Key::int("max_consumers_per_peer", 1, 100_000),
    Key::int("max_app_data_bytes", 2, 1_000_000),
];
