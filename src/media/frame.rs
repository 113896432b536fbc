//! What goes over the socket between the server and a worker's process: frames of MessagePack behind their length.
//!
//! The data goes as it would in JSON (maps with names, ids as text), because some of mediasoup's types are written to be
//! read from that and from nothing denser.

use super::engine::{EngineSettings, StartFailure};
use super::protocol::{MediaError, MediaEvent, MediaReply, MediaRequest, WorkerLoad};
use crate::ids::RouterId;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio_util::codec::LengthDelimitedCodec;

/// The version of both ends, which have to be the same program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The longest request, in bytes of its frame. What a client sends is far below it.
pub const MAX_REQUEST_BYTES: usize = 1 << 20;

/// The longest frame, in bytes. Answers repeat what was in requests, with room for what is added.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// Deepest nesting of a frame's data; what we send has less than half of it.
const MAX_DEPTH: usize = 48;

/// From the server to a worker's process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ToWorker {
    /// The first frame.
    Start {
        /// Of the server, see [`VERSION`].
        version: String,
        /// What to start with.
        settings: EngineSettings,
    },
    /// A request, to be answered under its number.
    Request {
        /// Never the same twice.
        id: u64,
        /// What to do.
        request: MediaRequest,
    },
    /// A heartbeat, to be answered once the worker's own thread has answered.
    Ping(u64),
}

/// From a worker's process to the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FromWorker {
    /// It listens: the first frame, unless it is the next one.
    Ready,
    /// It could not start, and ends.
    Failed(StartFailure),
    /// An answer.
    Reply {
        /// The request's number.
        id: u64,
        /// What became of it.
        result: Result<MediaReply, MediaError>,
    },
    /// Something happened by itself.
    Event {
        /// On which router.
        router: RouterId,
        /// What.
        event: MediaEvent,
    },
    /// How many objects there are now.
    Load(WorkerLoad),
    /// The heartbeat of that number.
    Pong(u64),
    /// So many more of its lines are not in the log.
    LinesLeftOut(u64),
}

/// Why a frame cannot be sent or read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// It is too long.
    #[error("a frame of {bytes} bytes, of which at most {max} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is not what it should be.
    #[error("not a frame of ours: {0}")]
    Malformed(String),
}

/// Cuts a stream of bytes into frames.
pub fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_codec()
}

/// The bytes of a frame, without its length.
///
/// # Errors
/// It is longer than `max` bytes.
pub fn encode<T: Serialize>(frame: &T, max: usize) -> Result<Bytes, FrameError> {
    let mut bytes = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(&mut bytes).with_struct_map().with_human_readable();
    frame.serialize(&mut serializer).map_err(|error| FrameError::Malformed(error.to_string()))?;
    if bytes.len() > max {
        return Err(FrameError::TooLong { bytes: bytes.len(), max });
    }
    Ok(bytes.into())
}

/// Reads the bytes of a frame, [`ToWorker`] or [`FromWorker`].
///
/// # Errors
/// It is not one.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FrameError> {
    let mut deserializer = rmp_serde::Deserializer::new(bytes);
    deserializer.set_max_depth(MAX_DEPTH);
    let mut deserializer = deserializer.with_human_readable();
    let frame = T::deserialize(&mut deserializer).map_err(|error| FrameError::Malformed(error.to_string()))?;
    match deserializer.get_ref().len() {
        0 => Ok(frame),
        more => Err(FrameError::Malformed(format!("{more} bytes follow it"))),
    }
}

#[cfg(test)]
mod tests;
