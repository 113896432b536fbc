//! What can go wrong with an endpoint.

use std::time::Duration;

/// Why an endpoint does not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum RtcError {
    /// The server's parameters are not as they should be.
    #[error("the server's {what} cannot be used: {why}")]
    Parameters {
        /// Which.
        what: &'static str,
        /// What is wrong with them.
        why: String,
    },
    /// The server has no such codec, or not with RTX.
    #[error("the server does not offer {0}")]
    NoCodec(&'static str),
    /// A description of SDP cannot be made or taken in.
    #[error("SDP: {0}")]
    Sdp(String),
    /// The socket cannot be opened.
    #[error("a UDP socket: {0}")]
    Socket(#[from] std::io::Error),
    /// What the protocols' implementation says.
    #[error(transparent)]
    Protocol(#[from] str0m::error::RtcError),
    /// ICE and DTLS are not through in time.
    #[error("not connected after {0:?}")]
    NotConnected(Duration),
    /// The link has ended, and why.
    #[error("the link has ended: {0}")]
    Ended(String),
    /// More is asked of the link than it can take in: its task does not come to run.
    #[error("the link does not keep up with what it is told")]
    Busy,
}

impl RtcError {
    /// A word for counting, in small letters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameters { .. } => "rtc_parameters",
            Self::NoCodec(_) => "rtc_no_codec",
            Self::Sdp(_) => "rtc_sdp",
            Self::Socket(_) => "rtc_socket",
            Self::Protocol(_) => "rtc_protocol",
            Self::NotConnected(_) => "rtc_not_connected",
            Self::Ended(_) => "rtc_ended",
            Self::Busy => "rtc_busy",
        }
    }
}
