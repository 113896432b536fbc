//! The real server, in a process of its own.

use super::DEADLINE;
use super::place::Place;
use serde_json::Value;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{sleep, timeout};

/// What has to be zero when everybody has left.
const COUNTS: [&str; 5] = ["rooms", "peers", "transports", "producers", "consumers"];
const ATTEMPTS: usize = 5;
/// Loads beside each other would measure each other: who has a server is the only one.
static ONE: Mutex<()> = Mutex::const_new(());
/// Between two looks at `/stats`.
const POLL: Duration = Duration::from_millis(50);

/// A running server with one worker. Ends when it is dropped.
pub struct Server {
    child: Child,
    url: String,
    media_port: u16,
    _alone: MutexGuard<'static, ()>,
    _folder: Folder,
}

/// An empty folder that is removed in the end.
pub struct Folder(pub PathBuf);

impl Folder {
    /// Somewhere.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("colloquy-load-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&path).expect("a folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The server's program, which is built beside this test.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("has a path");
    let program = test.ancestors().nth(2).expect("is two folders deep").join("colloquy");
    assert!(program.exists(), "{} is missing: build the server first (cargo build)", program.display());
    program
}

impl Server {
    /// On this machine's loopback.
    pub async fn start() -> Self {
        Self::start_with(&Place::Here, &[]).await
    }

    /// Somewhere, with more environment.
    pub async fn start_with(place: &Place, environment: &[(&str, &str)]) -> Self {
        Self::start_in(Folder::new(), place, environment).await
    }

    /// The same with a folder that has something in it already.
    pub async fn start_in(folder: Folder, place: &Place, environment: &[(&str, &str)]) -> Self {
        let alone = ONE.lock().await;
        for _ in 0..ATTEMPTS {
            // Somebody else may take the port before the server does.
            let media_port = free_port();
            let mut command = command(&folder, place, media_port);
            let mut child = command.envs(environment.iter().copied()).spawn().expect("the server starts");
            let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines();
            let line = timeout(DEADLINE, lines.next_line()).await.expect("says its URL in time").expect("is text");
            if let Some(url) = line {
                return Self { child, url: url.trim().to_owned(), media_port, _alone: alone, _folder: folder };
            }
        }
        panic!("the server did not start {ATTEMPTS} times: see what it says above");
    }

    /// Where its signaling is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it takes media.
    pub fn media_port(&self) -> u16 {
        self.media_port
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("runs")
    }

    /// `/stats`.
    pub async fn stats(&self) -> Value {
        let answer = reqwest::get(format!("{}/stats", self.url)).await.expect("answers");
        answer.json().await.expect("is JSON")
    }

    /// Waits until so many of something are there.
    pub async fn until(&self, count: &str, number: u64) {
        let reached = timeout(DEADLINE, async {
            while self.stats().await[count] != number {
                sleep(POLL).await;
            }
        });
        assert!(reached.await.is_ok(), "waiting for {number} {count}: {}", self.stats().await);
    }

    /// Nothing is left of anybody.
    pub async fn until_empty(&self) {
        for count in COUNTS {
            self.until(count, 0).await;
        }
    }
}

/// What starts it, with everything in memory or in its folder.
fn command(folder: &Folder, place: &Place, media_port: u16) -> Command {
    let mut command = Command::from(place.command(program()));
    command
        .current_dir(&folder.0)
        .env_clear()
        .envs([("PORT", "0"), ("DATABASE_URL", "sqlite::memory:"), ("LOG_LEVEL", "error")])
        .envs([("COLLOQUY_SERVER__HOST", "127.0.0.1"), ("COLLOQUY_RTC__LISTEN_IP", "127.0.0.1")])
        .envs([("COLLOQUY_WORKERS__COUNT", "1"), ("COLLOQUY_ROOMS__EMPTY_CLOSE_S", "1")])
        // Who goes without a word stays, so that it is noticed.
        .env("COLLOQUY_ROOMS__RESUME_GRACE_S", "3600")
        // A worker that comes to nothing on a busy machine is not hung.
        .env("COLLOQUY_WORKERS__HEARTBEAT_MISSES", "1000")
        .envs(["RTC_MIN_PORT", "RTC_MAX_PORT"].map(|name| (name, media_port.to_string())))
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A port that nobody has.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port is free").port()
}
