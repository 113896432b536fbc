//! The media plane: a pool of workers, each a mediasoup worker behind a message protocol of plain data. Knows no rooms,
//! no signaling and no HTTP; the handles of mediasoup never leave it, only ids and parameters do.

mod callbacks;
mod codecs;
mod handle;
mod latest;
mod objects;
mod pool;
pub mod protocol;
mod queue;
mod service;
mod usage;
mod validate;

pub use codecs::Codec;
pub use handle::{Placement, RouterEvents, WorkerHandle};
pub use pool::{Pool, PoolError, PoolSettings, WorkerReport};
pub use service::TransportSettings;
