//! Which server is loaded, as it is said on the command line and to other processes of a run.

use super::Target;
use super::colloquy::{Colloquy, Entrance};
use super::janus::Janus;
use super::socketio::SocketIo;
use crate::rtc::Meter;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;

/// What make a server is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Make {
    /// colloquy.
    #[default]
    Colloquy,
    /// Janus with its plugin for rooms of video; its URL begins with ws://.
    Janus,
    /// A plain Socket.IO server in Node.js: `load/peers/socketio`.
    #[value(name = "socketio")]
    SocketIo,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What make it is of.
    pub make: Make,
    /// Where its signaling is.
    pub url: String,
    /// What is shown there.
    pub token: Option<String>,
    /// Where media is sent to instead of where the server says.
    pub media_address: Option<SocketAddr>,
}

impl Choice {
    /// That server; the meter is told how late media is sent.
    pub fn target(&self, meter: &Meter) -> Arc<dyn Target> {
        match self.make {
            Make::Colloquy => {
                Arc::new(Colloquy::new(Entrance::new(&self.url, self.token.as_deref()), meter, self.media_address))
            }
            Make::Janus => Arc::new(Janus::new(&self.url, meter)),
            Make::SocketIo => Arc::new(SocketIo::new(&self.url)),
        }
    }

    /// Whether it tells of its workers at `/stats`.
    pub fn tells_of_workers(&self) -> bool {
        match self.make {
            Make::Colloquy => true,
            Make::Janus | Make::SocketIo => false,
        }
    }
}
