//! A WebRTC endpoint that is no browser: ICE, DTLS and SRTP of another implementation than the server's, over one UDP
//! socket or one TCP connection, with made-up media whose every packet can be recognised on the other side.
//!
//! An [`Endpoint`] is an identity (its certificate) before there is a connection, because the server must know the
//! fingerprint first. [`Endpoint::connect`] turns it into an [`RtcPeer`], which sends and counts until it is closed
//! (with a goodbye) or dropped (without).

mod call;
mod capabilities;
mod driver;
mod endpoint;
mod flow;
mod payload;
mod peer;
mod socket;
mod state;
mod stream;
mod transport;

pub use call::{Caller, Incoming, Link, Published};
pub use endpoint::{DtlsRole, Endpoint};
pub use flow::Flow;
pub use peer::RtcPeer;
pub use socket::Protocol;
pub use state::{Phase, Received, Sent, Snapshot};
pub use stream::{Kind, StreamSpec};
pub use transport::TransportInfo;
