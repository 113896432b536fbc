//! Looks once a second at what a run takes: the server's processes where they can be seen, and this program.

mod busy;
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
use busy::Busy;
use own::Own;

/// Both, and the machine that this program shares with whomever.
pub struct Observer {
    server: Option<ServerView>,
    own: Own,
    busy: Busy,
}

impl Observer {
    /// Looks from now on; at no server if there is none to look at. The meter is told how
    /// late media is sent.
    pub fn new(server: Option<ServerView>, meter: Meter) -> Self {
        Self { server, own: Own::new(meter), busy: Busy::watch() }
    }

    /// What there was since the last look. When cancelled, the next look has it.
    pub async fn look(&mut self) -> (Option<ServerLoad>, OwnLoad) {
        let server = match &mut self.server {
            Some(server) => server.look().await,
            None => None,
        };
        (server, self.own.look())
    }

    /// Cores of this machine that were in use since the last time that it was asked, by whomever; nothing if this
    /// program may not use all of them, as then it does not matter.
    pub fn busy_cores(&mut self) -> Option<f64> {
        self.busy.look()
    }
}
