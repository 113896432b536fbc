//! Endpoints: ICE, DTLS and SRTP over a UDP socket of their own, with media whose every packet can be recognised.
//!
//! An [`Endpoint`] is an identity (its certificate) before there is a connection, because the server must know the
//! fingerprint first. Connecting turns it into a [`Link`], a handle on a task with a socket of its own, that sends
//! [`Track`]s, counts what it receives, and is closed (with a goodbye) or dropped (without).
//!
//! Every packet that is sent carries the time of its sending, by the machine's monotonic clock, at the end of its
//! payload; whoever receives it on the same machine knows how long it took. That holds for any server that forwards
//! payloads unchanged.

mod capabilities;
mod driver;
mod endpoint;
mod error;
mod link;
mod machine;
mod meter;
mod receive;
mod sdp;
mod send;
mod socket;
mod stamp;
mod track;
mod transport;

pub use capabilities::Capabilities;
pub use endpoint::Endpoint;
pub use error::RtcError;
pub use link::{Link, StreamId, SubscribeOptions};
pub use meter::Meter;
pub use track::{Kind, Track, TrackId};
