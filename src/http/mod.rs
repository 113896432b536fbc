//! HTTP: probes, metrics, and the page. One endpoint a file; [`router`] lists them all.

mod assets;
mod client;
mod compact;
mod cors;
mod frames;
mod health;
mod metrics;
mod ready;
mod router;
mod serve;
mod stats;
mod stream;

pub use client::Handshakes;
pub use cors::Origins;
pub use router::{HttpState, router};
pub use serve::{Acceptance, serve};
