//! Looks once a second at what a run takes: the server's processes where they can be seen, and this program.

mod listener;
pub mod machine;
mod own;
mod process;
mod server;
mod sockets;
mod timers;

pub use server::ServerView;

use crate::measure::{OwnLoad, ServerLoad};
use crate::rtc::Meter;
use own::Own;

/// Both.
pub struct Observer {
    server: Option<ServerView>,
    own: Own,
}

impl Observer {
    /// Looks from now on; at no server if there is none to look at. The meter is told how
    /// late media is sent.
    pub fn new(server: Option<ServerView>, meter: Meter) -> Self {
        Self { server, own: Own::new(meter) }
    }

    /// What there was since the last look. When cancelled, the next look has it.
    pub async fn look(&mut self) -> (Option<ServerLoad>, OwnLoad) {
        let server = match &mut self.server {
            Some(server) => server.look().await,
            None => None,
        };
        (server, self.own.look())
    }
}
