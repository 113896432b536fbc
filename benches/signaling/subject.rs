//! The servers that are compared, each in a process of its own.

use super::peer::Peer;
use super::server::Server;
use super::{PEERS_PER_ROOM, joined};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Where the plain socket.io server is.
const NODE_SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/load/peers/socketio");

pub enum Subject {
    /// The server as it is built now.
    Colloquy,
    /// As another program was built.
    Before(PathBuf),
    /// socketioxide that only echoes.
    Echo,
    /// socket.io in Node.js that answers with what it is asked.
    Node,
}

impl Subject {
    /// Those that there are here: the one in Node.js has to be installed.
    pub fn all(before: Option<&Path>) -> Vec<Self> {
        let mut all = vec![Self::Colloquy];
        all.extend(before.map(|path| Self::Before(path.to_owned())));
        all.push(Self::Echo);
        if Path::new(NODE_SERVER).join("node_modules").exists() {
            all.push(Self::Node);
        } else {
            eprintln!("without the server in Node.js: `npm ci` in load/peers/socketio has not run");
        }
        all
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Colloquy => "colloquy",
            Self::Before(_) => "before",
            Self::Echo => "bare echo",
            Self::Node => "Node.js",
        }
    }

    pub fn start(&self) -> Server {
        match self {
            Self::Colloquy => Server::colloquy(&[]),
            Self::Before(program) => Server::colloquy_at(program, &[]),
            Self::Echo => Server::echo(),
            Self::Node => Server::node(NODE_SERVER),
        }
    }

    /// Peers that are ready to ask, each with the room that it asks about.
    pub async fn peers(&self, server: &Server, count: usize) -> Vec<(String, Peer)> {
        match self {
            Self::Colloquy | Self::Before(_) => joined(server, count).await,
            Self::Echo | Self::Node => {
                let mut peers = Vec::with_capacity(count);
                for index in 0..count {
                    peers.push((format!("room-{}", index / PEERS_PER_ROOM), Peer::connect(server.port).await));
                }
                peers
            }
        }
    }

    /// A small request, and what it says of a room.
    pub fn request(&self) -> (&'static str, fn(&str) -> Value) {
        let event = match self {
            Self::Colloquy | Self::Before(_) => "getProducers",
            Self::Echo => "echo",
            Self::Node => "ask",
        };
        (event, |room| json!({ "callId": room }))
    }

    /// Has the server let go of what it does not need, as far as that can be asked of it.
    pub async fn tidy(&self, server: &Server) {
        if matches!(self, Self::Node) {
            // Refused without --expose-gc.
            Peer::connect(server.port).await.request("collect", "null").await;
        }
    }
}
