//! HTTP: probes, metrics, and the page. One endpoint a file; [`router`] lists them all.

mod assets;
mod compact;
mod cors;
mod health;
mod metrics;
mod ready;
mod router;
mod serve;
mod stats;

pub use cors::Origins;
pub use router::{HttpState, router};
pub use serve::serve;
