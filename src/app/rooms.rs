//! What the configuration says about rooms.

use super::{quality, roles};
use crate::config::Config;
use crate::limits::Rate;
use crate::rooms::{Bitrates, RoomSettings};

pub(super) fn settings(config: &Config) -> RoomSettings {
    let Config { rooms, data, messages, .. } = config;
    RoomSettings {
        max_rooms: rooms.max_rooms,
        max_peers: rooms.max_peers,
        roles: roles::roles(&config.roles),
        creation: roles::creation(config.calls.creation),
        max_bookings: config.calls.max_bookings,
        empty_close: rooms.empty_close(),
        queue: rooms.queue,
        max_transports_per_peer: rooms.max_transports_per_peer,
        max_audio_producers_per_peer: rooms.max_audio_producers_per_peer,
        max_video_producers_per_peer: rooms.max_video_producers_per_peer,
        max_consumers_per_peer: rooms.max_consumers_per_peer,
        max_screens: rooms.max_screens,
        layers_release: rooms.layers_release(),
        bitrates: bitrates(config),
        active_speaker: config.speakers.active_speaker,
        audio_levels: config.speakers.audio_levels,
        quality: quality::settings(&config.quality),
        resume_grace: rooms.resume_grace(),
        dead_peer: rooms.dead_peer(),
        max_consumers_per_router: rooms.max_consumers_per_router,
        max_media_resets_per_minute: rooms.max_media_resets_per_minute,
        media_reset_deadline: rooms.media_reset_deadline(),
        max_app_data_bytes: rooms.max_app_data_bytes,
        data: data.enabled,
        max_data_producers_per_peer: data.max_producers_per_peer,
        max_data_consumers_per_peer: data.max_consumers_per_peer,
        messages: Rate::per_second(messages.per_second, messages.burst),
        max_message_bytes: messages.max_bytes,
        kept_messages: messages.kept,
    }
}

fn bitrates(config: &Config) -> Bitrates {
    let bitrates = &config.bitrates;
    Bitrates {
        floor: config.rtc.max_incoming_bitrate_bps,
        microphone: bitrates.microphone_bps,
        screen_audio: bitrates.screen_audio_bps,
        camera: bitrates.camera_bps,
        camera_layers: bitrates.camera_layers_bps,
        screen: bitrates.screen_bps,
        screen_layers: bitrates.screen_layers_bps,
    }
}
