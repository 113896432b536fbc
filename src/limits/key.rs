//! Every limit by the configuration's key that sets it: the same name in messages, logs and metrics.

use std::fmt;

/// A limit of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is explained at its key in config/default.toml")]
pub enum Limit {
    Rooms,
    Bookings,
    Peers,
    Queue,
    Transports,
    AudioProducers,
    VideoProducers,
    Consumers,
    AppData,
    MediaResets,
    Screens,
    DataProducers,
    DataConsumers,
    Messages,
    MessageBytes,
    Connections,
    ConnectionsPerAddress,
    AdminAttempts,
    IceServers,
    DatabaseQueue,
    TokenRequests,
    ConnectTimeout,
    JoinTimeout,
    Payload,
    SendBuffer,
    RestRequests,
    RestBody,
    InFlight,
    Requests,
    AddressRequests,
    WaitingWebhooks,
    WebhookAge,
    MediaLines,
}

impl Limit {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Rooms,
        Self::Bookings,
        Self::Peers,
        Self::Queue,
        Self::Transports,
        Self::AudioProducers,
        Self::VideoProducers,
        Self::Consumers,
        Self::AppData,
        Self::MediaResets,
        Self::Screens,
        Self::DataProducers,
        Self::DataConsumers,
        Self::Messages,
        Self::MessageBytes,
        Self::Connections,
        Self::ConnectionsPerAddress,
        Self::AdminAttempts,
        Self::IceServers,
        Self::DatabaseQueue,
        Self::TokenRequests,
        Self::ConnectTimeout,
        Self::JoinTimeout,
        Self::Payload,
        Self::SendBuffer,
        Self::RestRequests,
        Self::RestBody,
        Self::InFlight,
        Self::Requests,
        Self::AddressRequests,
        Self::WaitingWebhooks,
        Self::WebhookAge,
        Self::MediaLines,
    ];

    /// The configuration's key, as `section.key`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rooms => "rooms.max_rooms",
            Self::Bookings => "calls.max_bookings",
            Self::Peers => "rooms.max_peers",
            Self::Queue => "rooms.queue",
            Self::Transports => "rooms.max_transports_per_peer",
            Self::AudioProducers => "rooms.max_audio_producers_per_peer",
            Self::VideoProducers => "rooms.max_video_producers_per_peer",
            Self::Consumers => "rooms.max_consumers_per_peer",
            Self::AppData => "rooms.max_app_data_bytes",
            Self::MediaResets => "rooms.max_media_resets_per_minute",
            Self::Screens => "rooms.max_screens",
            Self::DataProducers => "data.max_producers_per_peer",
            Self::DataConsumers => "data.max_consumers_per_peer",
            Self::Messages => "messages.per_second",
            Self::MessageBytes => "messages.max_bytes",
            Self::Connections => "server.max_connections",
            Self::ConnectionsPerAddress => "server.max_connections_per_address",
            Self::AdminAttempts => "server.admin_attempts_per_minute",
            Self::IceServers => "turn.requests_per_minute",
            Self::DatabaseQueue => "database.queue",
            Self::TokenRequests => "auth.token_requests_per_minute",
            Self::ConnectTimeout => "signaling.connect_timeout_ms",
            Self::JoinTimeout => "signaling.join_timeout_s",
            Self::Payload => "signaling.max_payload_bytes",
            Self::SendBuffer => "signaling.send_buffer",
            Self::RestRequests => "rest.requests_per_minute",
            Self::RestBody => "rest.max_body_bytes",
            Self::InFlight => "signaling.max_in_flight",
            Self::Requests => "signaling.requests_per_second",
            Self::AddressRequests => "signaling.address_requests_per_second",
            Self::WaitingWebhooks => "webhooks.max_waiting",
            Self::WebhookAge => "webhooks.give_up_after_s",
            Self::MediaLines => "log.max_media_lines_per_s",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
