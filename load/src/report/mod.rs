//! What came out, for people and for machines.
//!
//! While a run goes on, [`Progress`] says how it goes. Afterwards [`findings()`] says what was out of bounds, and
//! [`merge()`] makes one report of several processes'. What came out is told by [`summary()`] and [`html()`] to people, and
//! by [`json`] to machines. [`plot`] draws.

mod charts;
mod findings;
mod format;
mod html;
pub mod json;
mod markup;
mod merge;
pub mod plot;
mod progress;
#[cfg(test)]
mod sample;
mod section;
mod summary;
mod timeline;

pub use findings::findings;
pub use html::html;
pub use merge::merge;
pub use progress::Progress;
pub use summary::summary;
