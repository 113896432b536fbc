//! HTTP: probes, metrics, the operators' endpoints, and the page. One endpoint a file; [`router()`] lists them all.

mod access;
mod admin;
mod assets;
mod auth;
mod body;
mod calls;
mod client;
mod compact;
mod cors;
mod docs;
mod frames;
mod guard;
mod headers;
mod health;
mod ice_servers;
mod metrics;
mod openapi;
mod problem;
mod ready;
mod room_stats;
mod router;
mod serve;
mod stats;
mod stream;

pub use admin::Admin;
pub use body::BodyLimit;
pub use calls::{CallDesk, CallDeskSettings};
pub use client::Handshakes;
pub use cors::Origins;
pub use guard::AdminGuard;
pub use ice_servers::IceDesk;
pub use router::{HttpState, router};
pub use serve::{Acceptance, serve};
