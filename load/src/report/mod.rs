//! What came out, for people and for machines.
//!
//! While a run goes on, [`Progress`] says how it goes. What came out is told by [`json`] to machines. [`plot`] draws.

mod format;
pub mod json;
pub mod plot;
mod progress;

pub use progress::Progress;
