//! Rooms: who is in a call, who publishes what and who receives what. One task owns each room (`actor`); its rules
//! are a pure state machine ([`state`]). Depends on the signaling vocabulary and on the media protocol; knows no
//! Socket.IO, no HTTP and no database.

mod actor;
mod admission;
mod alarm;
mod any;
mod bitrates;
pub mod command;
mod error;
mod journal;
mod manager;
mod mutes;
mod options;
mod peer;
mod quality;
mod report;
mod routers;
mod sink;
pub mod state;

pub use actor::{IsRevoked, RoomHandle};
pub use bitrates::Bitrates;
pub use error::RoomError;
pub use journal::{Entry, Happening, OnEntry};
pub use manager::{RoomManager, RoomsReport};
pub use options::{Creation, RoomOptions};
pub use quality::{Figures, OnQuality, QualityNote, QualitySettings, Thresholds};
pub use report::{ParticipantReport, QualityReport, RoomReport};
pub use sink::{EventSink, Responder, SharedEvent};

use crate::limits::Rate;
use crate::protocol::Roles;
use std::time::Duration;

/// The rules that hold for every room.
#[derive(Debug, Clone)]
pub struct RoomSettings {
    /// Rooms on this server at most.
    pub max_rooms: usize,
    /// Peers in a room at most.
    pub max_peers: usize,
    /// What each role may do.
    pub roles: Roles,
    /// Who may make rooms.
    pub creation: Creation,
    /// Calls that are booked at most, those whose room is open included.
    pub max_bookings: usize,
    /// How long a room without peers is kept.
    pub empty_close: Duration,
    /// Commands that may wait in a room.
    pub queue: usize,
    /// Transports of one peer at most.
    pub max_transports_per_peer: usize,
    /// Producers of audio of one peer at most.
    pub max_audio_producers_per_peer: usize,
    /// Producers of video of one peer at most.
    pub max_video_producers_per_peer: usize,
    /// Consumers of one peer at most.
    pub max_consumers_per_peer: usize,
    /// Shared screens in a room at most.
    pub max_screens: usize,
    /// How long a layer goes on unwatched before its publisher is told.
    pub layers_release: Duration,
    /// What clients are told to send at most.
    pub bitrates: Bitrates,
    /// Whether everybody is told who speaks.
    pub active_speaker: bool,
    /// Whether everybody is told who is how loud.
    pub audio_levels: bool,
    /// When to warn of bad connections.
    pub quality: QualitySettings,
    /// How long a peer whose socket is gone may come back.
    pub resume_grace: Duration,
    /// After how long without a path for its media, and without a word, a peer is taken out.
    pub dead_peer: Duration,
    /// Consumers that a router takes before the room opens another, in consumers of video; four of audio count as one.
    pub max_consumers_per_router: usize,
    /// How often within a minute a room may lose its media before it is closed: one that brings its workers down must
    /// not take one after the other.
    pub max_media_resets_per_minute: usize,
    /// How long a room that lost its media looks for another worker.
    pub media_reset_deadline: Duration,
    /// Largest `appData`, in bytes of JSON.
    pub max_app_data_bytes: usize,
    /// Whether there are data channels.
    pub data: bool,
    /// Data producers of one peer at most.
    pub max_data_producers_per_peer: usize,
    /// Data consumers of one peer at most.
    pub max_data_consumers_per_peer: usize,
    /// Of one peer's messages.
    pub messages: Rate,
    /// Largest message, in bytes of JSON.
    pub max_message_bytes: usize,
    /// Messages that are kept for who comes later: of those to everybody, and of those to one peer, each.
    pub kept_messages: usize,
}
