//! The server's behaviour, seen from outside: real Socket.IO and HTTP over real sockets, to servers of this process on
//! free ports. One file for each behaviour; every scenario ends with [`support::TestServer::finish`], which demands
//! that nothing is left behind.

mod support;

mod addresses;
mod auth;
mod calls_outbox;
mod calls_servers;
mod calls_store;
mod chaos;
mod codecs;
mod connections;
mod crashes;
mod data_channels;

mod data_messages;
mod database_url;
mod drain;
mod events;
mod http;
mod ice_servers;
mod journal;
mod layers;
mod layers_switch;
mod limit_keys;
mod limits;
mod malformed;
mod media_calls;
mod media_control;
mod media_faults;
mod media_group;
mod media_plane;
mod membership;
mod messages;
mod moderation;
mod order;
mod parameters;
mod paths;
mod polling;
mod process;
mod protocol_faults;
mod quality;
mod race;
mod rates;
mod refusals;
mod rest_calls;
mod rest_description;
mod rest_rooms;
mod resume;
mod rooms;
mod shutdown;
mod smoke;
mod soak;
mod speakers;
mod stats;
mod takeovers;
mod webhooks;
mod wide;
mod wire;
mod worker_lives;
mod worker_processes;
