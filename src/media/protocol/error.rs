//! Why a worker could not do it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a worker could not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MediaError {
    /// The object, or what it stands on, is not there (any more).
    #[error("no such {0}")]
    NotFound(MediaObjectKind),
    /// A codec that the router doesn't have.
    #[error("{0}")]
    Unsupported(String),
    /// The parameters contradict themselves or the standard.
    #[error("{0}")]
    InvalidParameters(String),
    /// The receiver's capabilities don't fit the producer.
    #[error("the rtpCapabilities don't allow this producer to be consumed")]
    CannotConsume,
    /// A transport's streams of data are numbered only so far.
    #[error("transportId: it has had 1024 data consumers, as many as browsers number: make another")]
    StreamsUsedUp,
    /// No answer within the deadline.
    #[error("the worker did not answer in time")]
    Deadline,
    /// The worker is gone, or its queue is.
    #[error("the worker is gone")]
    WorkerLost,
    /// The worker refused; its words are for the log only.
    #[error("the worker failed: {0}")]
    Failed(String),
}

/// What kind of object was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MediaObjectKind {
    Router,
    Transport,
    Producer,
    Consumer,
    DataProducer,
    DataConsumer,
}

impl fmt::Display for MediaObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Router => "router",
            Self::Transport => "transport",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::DataProducer => "data producer",
            Self::DataConsumer => "data consumer",
        })
    }
}
