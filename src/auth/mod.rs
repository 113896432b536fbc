//! Who asks, and what it may: tokens and API keys, and the gate that tells from them. Knows no rooms and no HTTP.

mod gate;
mod refusal;

pub use gate::{Credentials, Gate, GateSettings};
pub use refusal::Refusal;
