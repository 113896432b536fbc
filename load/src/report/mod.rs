//! What came out, for people and for machines.
//!
//! While a run goes on, [`Progress`] says how it goes. Afterwards [`findings`] says what was out of bounds, and [`merge`]
//! makes one report of several processes'. What came out is told by [`json`] to machines. [`plot`] draws.

mod findings;
mod format;
pub mod json;
mod merge;
pub mod plot;
mod progress;
#[cfg(test)]
mod sample;
mod timeline;

pub use findings::findings;
pub use merge::merge;
pub use progress::Progress;
