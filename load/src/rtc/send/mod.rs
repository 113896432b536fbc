//! Sending: made-up media that looks to a server like what a microphone or a camera gives.

mod opus;
mod outgoing;
mod pace;
mod video;
mod vp8;
mod vp9;

pub(super) use outgoing::{Outgoing, media_kind};
