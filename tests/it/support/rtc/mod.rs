//! A WebRTC endpoint that is no browser: ICE, DTLS and SRTP of another implementation than the server's, over one UDP
//! socket or one TCP connection, with made-up media whose every packet can be recognised on the other side.
//!
//! An [`endpoint::Endpoint`] is an identity (its certificate) before there is a connection, because the server must know
//! the fingerprint first. Connecting turns it into a [`peer::RtcPeer`], which sends and counts until it is closed (with
//! a goodbye) or dropped (without). A [`Caller`] adds the signaling, and a [`Flow`] looks at both ends of a stream.

mod call;
mod capabilities;
mod channel;
mod driver;
mod endpoint;
mod flow;
mod payload;
mod peer;
mod site;
mod socket;
mod state;
mod stream;
mod transport;

pub use call::{Caller, Incoming, Link, Published};
pub use channel::ChannelSpec;
pub use endpoint::DtlsRole;
pub use flow::Flow;
pub use site::{Site, id, settings};
pub use socket::Protocol;
pub use state::{Phase, Snapshot};
pub use stream::StreamSpec;
pub use transport::IceParameters;
