//! Receiving: what came, in which order, how regularly, and what did not.

mod freeze;
mod header;
mod inbox;
mod jitter;
mod layers;
mod sequence;
mod stream;

pub(super) use header::{Header, is_receiver_report};
pub(super) use inbox::{Counters, Inbox};
pub(super) use stream::{Codec, Expected, Via};
