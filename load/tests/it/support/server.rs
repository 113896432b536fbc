//! The server, in a process of its own.

use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::DEADLINE;

const ATTEMPTS: usize = 5;

/// A server on the loopback, which ends with the test.
pub struct Server {
    /// Where it is.
    pub url: String,
    _child: Child,
}

impl Server {
    /// Starts one that keeps all in memory.
    ///
    /// # Panics
    /// When it is not built, or does not start.
    pub async fn start() -> Self {
        let binary = binary();
        assert!(binary.is_file(), "{} is missing: `cargo build` makes it", binary.display());
        for _ in 0..ATTEMPTS {
            // Somebody else may take the port before the server does.
            let port = free_port().to_string();
            let mut command = Command::new(&binary);
            command.env_clear().envs([
                ("DATABASE_URL", "sqlite::memory:"),
                ("PORT", "0"),
                ("COLLOQUY_WORKERS__COUNT", "1"),
                ("RTC_MIN_PORT", port.as_str()),
                ("RTC_MAX_PORT", port.as_str()),
                ("LOG_LEVEL", "error"),
            ]);
            let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("starts");
            let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
            let line = timeout(DEADLINE, lines.next_line()).await.expect("says its URL in time").expect("is text");
            if let Some(url) = line {
                return Self { url: url.trim().to_owned(), _child: child };
            }
        }
        panic!("the server did not start {ATTEMPTS} times: see what it says above");
    }
}

fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a port");
    socket.local_addr().expect("is bound").port()
}

/// Beside the directory of the tests' own executables.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().expect("has a path");
    tests.parent().and_then(Path::parent).expect("stands in a target directory").join("colloquy")
}
