//! colloquy: a self-hosted video-calling server. A pool of mediasoup workers, one for each core, forwards media; rooms
//! map Socket.IO events onto their transports, producers and consumers; probes and metrics are served over HTTP.
//!
//! The modules, from the bottom up; each uses only what stands above it in this list:
//!
//! - [`ids`] – identifiers.
//! - [`limits`] – what is refused, and to whom.
//! - [`config`] – the typed configuration; [`telemetry`] – logs and metrics.
//! - [`media`] – the worker pool, behind a message protocol of plain data.
//! - [`protocol`] – the signaling's vocabulary, plain data.
//! - [`auth`] – who asks: tokens, keys and what they allow.
//! - [`ice`] – the STUN and TURN servers that clients are told.
//! - [`rooms`] – one actor for each room around a pure state machine.
//! - [`calls`] – the database: what there was, and what outlives the process.
//! - [`signaling`] – adapters from a client's frames to rooms and back (Socket.IO).
//! - [`webhooks`] – tells the application's backend what happens.
//! - [`drain`] – the way out of service.
//! - [`http`] – probes, metrics and the page.
//! - [`app`] – puts it all together; [`lifecycle`] – signals and orderly ends; [`cli`] – the command line.
//!
//! `docs/ARCHITECTURE.md` walks through one request.

pub mod app;
pub mod auth;
pub mod calls;
pub mod cli;
pub mod config;
pub mod drain;
pub mod http;
pub mod ice;
pub mod ids;
#[cfg(test)]
mod layers;
pub mod lifecycle;
pub mod limits;
pub mod media;
pub mod protocol;
pub mod rooms;
pub mod signaling;
pub mod telemetry;
pub mod webhooks;
