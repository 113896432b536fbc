//! Signaling: adapters that turn a client's frames into requests to rooms, and the rooms' answers and events into
//! frames. What all adapters share is here; each adapter is a folder. They decide nothing about rooms.

mod call;
mod dispatch;
mod session;
pub mod socketio;

pub use dispatch::{Hub, HubSettings, Refused};
pub use session::{Ending, Session, Wire};
