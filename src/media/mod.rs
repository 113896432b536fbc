//! The media plane: a pool of workers, each a mediasoup worker behind a message protocol of plain data. Knows no rooms,
//! no signaling and no HTTP; the handles of mediasoup never leave it, only ids and parameters do.

mod backend;
mod callbacks;
mod codecs;
pub(crate) mod dtls;
mod engine;
pub mod frame;
mod handle;
mod latest;
mod listeners;
mod objects;
mod pool;
mod process;
pub mod protocol;
mod queue;
mod restarts;
mod sample;
mod service;
mod speakers;
mod supervisor;
mod thread;
mod usage;
mod validate;

pub use backend::Isolation;
pub use codecs::{Codec, OpusSettings};
pub use engine::{EngineSettings, MediaLogLevel, StartFailure};
pub use handle::{Placement, WorkerHandle};
pub use listeners::RouterEvents;
pub use pool::{Pool, PoolError, PoolSettings, Supervision, WorkerReport, WorkerState};
pub use process::{WorkerProgram, run_worker};
pub use service::TransportSettings;
pub use speakers::SpeakerSettings;
