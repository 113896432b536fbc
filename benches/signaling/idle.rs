//! Joins beside many connections that say nothing, all of them with tokens.

use super::peer::Peer;
use super::server::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Connections that are there already.
const IDLE: usize = 10_000;
/// Connections that are made at once: no more than the server lets one address.
const CONNECTING: usize = 32;
/// Files that the server and its clients may have open.
const FILES: u64 = 32_768;
/// Users, each with a token.
const USERS: usize = 50;
/// Joins that are measured, one in each of these intervals, whether or not the last is through.
const JOINS: u32 = 1000;
const INTERVAL: Duration = Duration::from_millis(20);

const AUTHENTICATED: [&str; 1] = ["COLLOQUY_AUTH__REQUIRED=true"];

/// The same joins without and with the idle connections.
pub async fn run() {
    // The server inherits it.
    let allowed = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit { current: Some(allowed.map_or(FILES, |most| most.min(FILES))), maximum: allowed },
    )
    .expect("files may be opened");
    let keys = Keys::make();
    let setting = format!("COLLOQUY_AUTH__KEYS_DIR={}", keys.0.display());
    let server = Server::colloquy(&[&AUTHENTICATED[..], &[&setting]].concat());
    let tokens: Vec<_> = (0..USERS).map(|user| keys.token(user)).collect();
    println!("| idle connections | connect and join | joinRoom | memory of each |\n| --- | --- | --- | --- |");
    let (all, join) = joins(server.port, &tokens).await;
    println!("| 0 | {all} | {join} | |");
    let before = server.resident_bytes();
    let started = Instant::now();
    let idle = connect(server.port, &tokens).await;
    let took = started.elapsed().as_secs_f64();
    let each = server.resident_bytes().saturating_sub(before) as f64 / IDLE as f64 / 1000.0;
    let (all, join) = joins(server.port, &tokens).await;
    assert_eq!(idle.len(), IDLE, "an idle connection has ended");
    println!("| {IDLE} | {all} | {join} | {each:.1} kB |\n\n{IDLE} connections took {took:.1} s.");
}

/// Connections that answer pings.
async fn connect(port: u16, tokens: &[String]) -> JoinSet<()> {
    let mut connecting = JoinSet::new();
    for first in 0..CONNECTING {
        let tokens = tokens.to_vec();
        connecting.spawn(async move {
            let mut peers = Vec::new();
            for index in (first..IDLE).step_by(CONNECTING) {
                peers.push(Peer::connect_as(port, &tokens[index % USERS]).await);
            }
            peers
        });
    }
    let mut idle = JoinSet::new();
    for mut peer in connecting.join_all().await.into_iter().flatten() {
        idle.spawn(async move { peer.events(usize::MAX).await });
    }
    idle
}

/// How long it takes to connect and join, and the join alone.
async fn joins(port: u16, tokens: &[String]) -> (String, String) {
    let mut pace = tokio::time::interval(INTERVAL);
    let mut joining = JoinSet::new();
    for number in 0..JOINS {
        pace.tick().await;
        let token = tokens[number as usize % USERS].clone();
        joining.spawn(async move {
            let started = Instant::now();
            let mut peer = Peer::connect_as(port, &token).await;
            let join = peer.join(&format!("beside-{}", number % 10)).await;
            let all = started.elapsed();
            peer.request("leaveRoom", "null").await;
            peer.close().await;
            (all, join)
        });
    }
    let (all, join): (Vec<_>, Vec<_>) = joining.join_all().await.into_iter().unzip();
    (percentiles(all), percentiles(join))
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!("p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms", at(0.5), at(0.99), at(1.0))
}

/// A directory with a key, removed at the end.
struct Keys(PathBuf);

impl Keys {
    fn make() -> Self {
        let directory = std::env::temp_dir().join(format!("colloquy-bench-keys-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory can be made");
        let mut command = Command::new("openssl");
        command.args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072", "-out"]);
        let made = command.arg(directory.join("bench.pem")).output().expect("openssl runs");
        assert!(made.status.success(), "openssl makes no key");
        Self(directory)
    }

    fn token(&self, user: usize) -> String {
        let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_colloquy")));
        command.args(["token", "create", "--call", "*", "--role", "host", "--user", &format!("user-{user}")]);
        let made = command.env("COLLOQUY_AUTH__KEYS_DIR", &self.0).output().expect("the program runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).expect("is text").trim().to_owned()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
