//! A server of this process, and the demand that it is empty at the end.

use super::DEADLINE;
use colloquy::app::App;
use colloquy::calls::Store;
use colloquy::config::{Config, WorkerIsolation};
use colloquy::limits::Limit;
use colloquy::rooms::RoomManager;
use colloquy::signaling::Hub;
use reqwest::Method;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Between two looks at `/stats`.
const POLL: Duration = Duration::from_millis(10);

/// What worker processes are started from.
const WORKER_PROGRAM: &str = env!("CARGO_BIN_EXE_colloquy");

/// What has to be zero when everybody has left.
const COUNTS: [&str; 5] = ["rooms", "peers", "transports", "producers", "consumers"];

/// Lets one client send as many requests as it can.
pub fn without_rates(config: &mut Config) {
    config.signaling.requests_per_second = 1_000_000;
    config.signaling.request_burst = 1_000_000;
    config.signaling.address_requests_per_second = 1_000_000;
    config.signaling.address_request_burst = 1_000_000;
}

/// A running server on ports of its own. Has to be given back with [`TestServer::finish`].
pub struct TestServer {
    app: Option<App>,
    url: String,
    http: reqwest::Client,
    shutdown_deadline: Duration,
}

impl TestServer {
    /// With two workers and rooms that close a second after the last peer.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same, with some settings changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.server.host = "127.0.0.1".into();
        config.server.port = 0;
        config.server.shutdown_deadline_s = 5;
        config.workers.count = 2;
        // Quicker to start than processes, which have tests of their own.
        config.workers.isolation = WorkerIsolation::Thread;
        config.rtc.listen_ip = [127, 0, 0, 1].into();
        // No server makes a key of its own.
        config.auth.keys_dir = String::new();
        // Any free port: not for operators, who have to open their firewall.
        config.rtc.min_port = 0;
        config.rooms.empty_close_s = 1;
        // A lost socket is the end of its peer, unless a scenario is about what happens otherwise.
        config.rooms.resume_grace_s = 0;
        config.database.url = "sqlite::memory:".to_owned().into();
        change(&mut config);
        // The server's log, for whoever looks into a failure: COLLOQUY_TEST_LOG=debug.
        #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the server")]
        if let Ok(level) = std::env::var("COLLOQUY_TEST_LOG") {
            config.log.level = level;
            colloquy::telemetry::logging::init(&config.log, config.server.environment);
        }
        let app = match config.workers.isolation {
            WorkerIsolation::Thread => App::start(&config).await,
            // The program that runs here is that of the tests.
            WorkerIsolation::Process => App::start_with_worker_program(&config, WORKER_PROGRAM.into()).await,
        };
        let app = app.expect("the server starts");
        let url = format!("http://{}", app.address());
        let shutdown_deadline = config.server.shutdown_deadline();
        Self { app: Some(app), url, http: reqwest::Client::new(), shutdown_deadline }
    }

    /// One that runs already, and that somebody else ends.
    pub fn at(url: &str) -> Self {
        Self { app: None, url: url.to_owned(), http: reqwest::Client::new(), shutdown_deadline: DEADLINE }
    }

    /// With two workers in processes of their own.
    pub async fn start_isolated() -> Self {
        Self::start_with(|config| config.workers.isolation = WorkerIsolation::Process).await
    }

    /// Its database.
    pub fn store(&self) -> &Store {
        self.app.as_ref().expect("there until it is taken").store()
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its rooms, as the parts of the server see them that are not about signaling.
    pub fn rooms(&self) -> &RoomManager {
        self.app.as_ref().expect("runs in this process").rooms()
    }

    /// Its sessions, likewise.
    pub fn hub(&self) -> &Hub {
        self.app.as_ref().expect("runs in this process").hub()
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.try_get(path).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// The same from a server that may be gone.
    pub async fn try_get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        self.http.get(format!("{}{path}", self.url)).timeout(DEADLINE).send().await
    }

    /// `/admin/drain` with that token.
    pub async fn admin(&self, method: Method, token: &str) -> reqwest::Response {
        let request = self.http.request(method, format!("{}/admin/drain", self.url)).timeout(DEADLINE);
        request.bearer_auth(token).send().await.expect("an answer")
    }

    /// `GET /stats`.
    pub async fn stats(&self) -> Value {
        self.get("/stats").await.json().await.expect("/stats is JSON")
    }

    /// The counts in `/stats`: rooms, peers, transports, producers, consumers.
    pub async fn counts(&self) -> [u64; 5] {
        let stats = self.stats().await;
        COUNTS.map(|name| stats[name].as_u64().unwrap_or_else(|| panic!("{name} is a number: {stats}")))
    }

    /// The counts of data channels in `/stats`: their sending and their receiving ends.
    pub async fn data_counts(&self) -> [u64; 2] {
        let stats = self.stats().await;
        ["dataProducers", "dataConsumers"].map(|name| stats[name].as_u64().unwrap_or_else(|| panic!("{name}: {stats}")))
    }

    /// Waits until they are these.
    pub async fn until_data_counts(&self, expected: [u64; 2]) {
        let deadline = Instant::now() + DEADLINE;
        while self.data_counts().await != expected {
            assert!(Instant::now() < deadline, "should become {expected:?}: {}", self.stats().await);
            tokio::time::sleep(POLL).await;
        }
    }

    /// One number of `/metrics`, by its name with its labels.
    pub async fn metric(&self, name: &str) -> f64 {
        self.try_metric(name).await.unwrap_or_else(|| panic!("no {name}"))
    }

    /// The same of one that may not be there yet.
    pub async fn try_metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics").await.text().await.expect("text");
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        values.next().and_then(|value| value.parse().ok())
    }

    /// Waits until a number of `/metrics` is larger than that.
    pub async fn until_metric_exceeds(&self, name: &str, value: f64) {
        let deadline = Instant::now() + DEADLINE;
        while self.try_metric(name).await.is_none_or(|now| now <= value) {
            assert!(Instant::now() < deadline, "{name} is {:?} and not beyond {value}", self.try_metric(name).await);
            tokio::time::sleep(POLL).await;
        }
    }

    /// How often that limit has refused or ended something.
    pub async fn refusals(&self, limit: Limit) -> f64 {
        self.metric(&format!("colloquy_limit_refusals_total{{limit=\"{limit}\"}}")).await
    }

    /// Waits until a number of `/metrics` is that.
    pub async fn until_metric(&self, name: &str, value: f64) {
        let deadline = Instant::now() + DEADLINE;
        while self.metric(name).await != value {
            assert!(Instant::now() < deadline, "{name} is {} and not {value}", self.metric(name).await);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the counts are these: rooms, peers, transports, producers, consumers.
    pub async fn until_counts(&self, expected: [u64; 5]) {
        self.until(|counts| counts == expected, &format!("{expected:?}")).await;
    }

    /// Waits until there are that many peers, transports, producers and consumers, in whatever rooms.
    pub async fn until_peers_have(&self, expected: [u64; 4]) {
        self.until(|counts| counts[1..] == expected, &format!("{expected:?} but for rooms")).await;
    }

    async fn until(&self, arrived: impl Fn([u64; 5]) -> bool, expected: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let counts = self.counts().await;
            if arrived(counts) {
                return;
            }
            if Instant::now() >= deadline {
                panic!("{COUNTS:?} should become {expected}, still {counts:?}: {}", self.stats().await);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Kills the process of the worker that has transports.
    pub async fn end_the_busy_worker(&self) {
        let stats = self.stats().await;
        let workers = stats["workersDetail"].as_array().expect("a list");
        let busy = workers.iter().find(|worker| worker["transports"] != 0).unwrap_or_else(|| panic!("{stats}"));
        crate::process::signal("KILL", &busy["pid"].to_string());
    }

    /// Takes the server out, for scenarios about its end; what is left asks it over HTTP.
    pub fn take_app(&mut self) -> App {
        self.app.take().expect("there until it is taken")
    }

    /// Waits until everything is gone that clients made, then ends the server within its deadline. Clients have to be
    /// closed, killed or dropped before.
    pub async fn finish(mut self) {
        let left = async {
            self.until_counts([0; 5]).await;
            self.until_data_counts([0; 2]).await;
        };
        let left = tokio::time::timeout(DEADLINE * 2, left).await;
        let app = self.app.take().expect("there until it is taken");
        left.expect("/stats answers");
        let started = Instant::now();
        app.shutdown().await;
        assert!(started.elapsed() < self.shutdown_deadline, "the shutdown took as long as it may");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if self.app.is_some() && !std::thread::panicking() {
            panic!("call finish(): a scenario ends with nothing left behind");
        }
    }
}
