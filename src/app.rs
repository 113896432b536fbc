//! Puts the parts together: from a configuration to a running server, and to its orderly end.

mod auth;
mod database;
mod front;
mod ice;
mod media;
mod quality;
mod rest;
mod roles;
mod rooms;
mod webhooks;

pub use auth::offline_gate;

use crate::auth::KeyError;
use crate::calls::{Journal, OpenError, Store, StoreError};
use crate::config::{AllowedOrigins, Config, WorkerIsolation};
use crate::drain::Drain;
use crate::http::{self, Admin, HttpState, IceDesk, Origins};
use crate::lifecycle::{Signals, Wanted};
use crate::limits::OnLimit;
use crate::media::{Isolation, Pool, PoolError, WorkerProgram};
use crate::protocol::Event;
use crate::rooms::RoomManager;
use crate::signaling::{Hub, socketio};
use crate::telemetry::metrics::Metrics;
use crate::webhooks::Deliverer;
use socketioxide::SocketIo;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Why the server could not start, in one line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address of HTTP and Socket.IO cannot be opened.
    #[error("{host}:{port} cannot be opened ({reason}): set server.port (PORT) or server.host to what is free")]
    Listen {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The media workers did not start.
    #[error(transparent)]
    Media(#[from] PoolError),
    /// Webhooks cannot be sent: TLS cannot be set up.
    #[error("webhooks cannot be sent: {0}")]
    Webhooks(#[from] reqwest::Error),
    /// The keys that tokens are signed with cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database does not take what the server writes there.
    #[error("database.url (DATABASE_URL): {0}; the log says more")]
    Tables(#[from] StoreError),
    /// The system refuses signal handlers or a socket's address.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// A server that runs.
pub struct App {
    address: SocketAddr,
    rooms: RoomManager,
    pool: Pool,
    store: Store,
    journal: Journal,
    deliverer: Deliverer,
    hub: Hub,
    drain: Drain,
    io: SocketIo,
    /// Ends HTTP.
    stop_http: CancellationToken,
    /// Ends what looks after the sessions.
    stop_watch: CancellationToken,
    http: JoinHandle<()>,
    shutdown_deadline: Duration,
}

impl App {
    /// Starts the workers, opens the port, serves.
    ///
    /// # Errors
    /// A port that is taken, or workers that don't start; nothing listens then.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let isolation = match config.workers.isolation {
            WorkerIsolation::Thread => Isolation::Thread,
            WorkerIsolation::Process => {
                Isolation::Process(WorkerProgram::own(worker_arguments(config), worker_variables(config))?)
            }
        };
        Self::start_isolated(config, isolation).await
    }

    /// The same with worker processes of another program than the one that runs here.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_worker_program(config: &Config, path: PathBuf) -> Result<Self, StartError> {
        let (arguments, variables) = (worker_arguments(config), worker_variables(config));
        let program = WorkerProgram { path, arguments, variables };
        Self::start_isolated(config, Isolation::Process(program)).await
    }

    async fn start_isolated(config: &Config, isolation: Isolation) -> Result<Self, StartError> {
        let (host, port) = (config.server.host.as_str(), config.server.port);
        let listen = |reason| StartError::Listen { host: host.to_owned(), port, reason };
        let listener = TcpListener::bind((host, port)).await.map_err(listen)?;
        let address = listener.local_addr()?;
        let metrics = Metrics::new();
        let counted = metrics.clone();
        let on_limit: OnLimit = Arc::new(move |limit| counted.limit_refusal(limit));
        let mailer = webhooks::mailer(config, Arc::clone(&on_limit));
        let store = Store::open(&database::settings(config)).await?.telling(mailer.clone());
        let pool = Pool::start(&media::settings(config, isolation)).await?;
        let settings = database::journal_settings(config, address, Arc::clone(&on_limit));
        let journal = Journal::start(store.clone(), settings).await?;
        let deliverer = webhooks::deliver(config, &store, journal.server(), &mailer, &metrics, Arc::clone(&on_limit))?;
        let ice_servers = ice::servers(config);
        let limits = Arc::clone(&on_limit);
        let on_quality = quality::counting(&metrics);
        let settings = rooms::settings(config);
        let rooms =
            RoomManager::new(settings, pool.clone(), ice_servers.clone(), limits, on_quality, journal.on_entry());
        let hub = Hub::new(rooms.clone(), metrics.clone(), front::hub_settings(config));
        let stop_watch = CancellationToken::new();
        hub.tasks().spawn(hub.clone().watch(stop_watch.clone()));
        database::book_again(&store, &rooms).await?;
        let keeper = database::keeper(config, &store, &journal, &rooms);
        hub.tasks().spawn(keeper.run(stop_watch.clone()));
        let gate = auth::gate(config, auth::listeners(&store, &journal, &hub, Arc::clone(&on_limit)))?;
        gate.refresh().await;
        hub.tasks().spawn(gate.clone().watch(stop_watch.clone()));
        let drain = Drain::new(rooms.clone(), hub.clone(), config.server.drain_deadline());
        let guard = Arc::new(front::admin_guard(config, Arc::clone(&on_limit)));
        hub.tasks().spawn(Arc::clone(&guard).watch(stop_watch.clone()));
        let ice_desk = IceDesk::new(ice_servers, config.turn.requests_per_minute, Arc::clone(&on_limit));
        let ice_desk = Arc::new(ice_desk);
        hub.tasks().spawn(Arc::clone(&ice_desk).watch(stop_watch.clone()));
        let (layer, io) = socketio::layer(hub.clone(), gate.clone(), &front::socketio_settings(config));
        let origins = Arc::new(match config.server.allowed_origins() {
            AllowedOrigins::Any => Origins::Any,
            AllowedOrigins::Only(origins) => Origins::Only(origins.to_vec()),
        });
        let proxies = Arc::new(front::proxies(config));
        let calls = rest::calls(config, (&store, &journal), &rooms, &gate, &hub, Arc::clone(&on_limit));
        hub.tasks().spawn(calls.clone().watch(stop_watch.clone()));
        let state = HttpState {
            started: Instant::now(),
            rooms: rooms.clone(),
            pool: pool.clone(),
            metrics,
            journal: journal.clone(),
            gate,
            calls,
            origins,
            proxies: Arc::clone(&proxies),
            handshakes: front::handshakes(config, Arc::clone(&on_limit)),
            ice_desk,
        };
        let router = http::router(state, Admin { drain: drain.clone(), guard }, layer);
        let stop_http = CancellationToken::new();
        let acceptance = front::acceptance(config, proxies, on_limit);
        let http = tokio::spawn(http::serve(listener, router, acceptance, stop_http.clone()));
        let shutdown_deadline = config.server.shutdown_deadline();
        Ok(Self {
            address,
            rooms,
            pool,
            store,
            journal,
            deliverer,
            hub,
            drain,
            io,
            stop_http,
            stop_watch,
            http,
            shutdown_deadline,
        })
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where HTTP and Socket.IO are served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The rooms, for who makes calls known beforehand.
    pub fn rooms(&self) -> &RoomManager {
        &self.rooms
    }

    /// The sessions, for who ends some of them.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The way out of service.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }

    /// Ends the server: no new rooms, every socket hears of it, rooms and media close, then sockets and HTTP. Returns
    /// by the configured deadline, whatever still hangs then.
    pub async fn shutdown(self) {
        let (deadline, journal) = (self.shutdown_deadline, self.journal.clone());
        if tokio::time::timeout(deadline, self.close()).await.is_err() {
            tracing::warn!("the server did not close within {} s: leaving what is left", deadline.as_secs());
            let unwritten = journal.report().queued;
            if unwritten > 0 {
                tracing::error!(unwritten, "the database did not take all that happened: the rest is lost");
            }
        }
    }

    async fn close(self) {
        self.rooms.begin_shutdown();
        self.hub.broadcast(Event::draining(SystemTime::now() + self.shutdown_deadline));
        self.rooms.shutdown().await;
        // Closing sends what still waits for each socket: not for ever, if a client doesn't read.
        if tokio::time::timeout(self.shutdown_deadline / 2, self.io.close()).await.is_err() {
            tracing::warn!("some clients do not read: their sockets are left");
        }
        self.stop_watch.cancel();
        self.hub.tasks().close();
        self.hub.tasks().wait().await;
        self.pool.shutdown().await;
        self.stop_http.cancel();
        if let Err(error) = self.http.await {
            tracing::error!(%error, "HTTP ended by a fault");
        }
        self.journal.close().await;
        // A third of the time: it is the end's last part that waits for others.
        self.deliverer.shutdown(self.shutdown_deadline / 3).await;
        self.store.close().await;
    }
}

/// Runs the server until SIGTERM or Ctrl-C, or until it has drained.
///
/// # Errors
/// It could not start.
pub async fn serve(config: Config) -> Result<(), StartError> {
    let mut signals = Signals::catch()?;
    let app = App::start(&config).await?;
    tracing::info!("listening on {} with {} media workers", app.address(), app.pool.len());
    announce(&config, app.address());
    until_stopped(&mut signals, app.drain()).await;
    tracing::info!("shutting down; a second signal ends the process at once");
    tokio::spawn(signals.next_ends_the_process());
    app.shutdown().await;
    tracing::info!("bye");
    Ok(())
}

async fn until_stopped(signals: &mut Signals, drain: &Drain) {
    loop {
        let wanted = tokio::select! {
            wanted = signals.next() => wanted,
            () = drain.done() => Wanted::Stop,
        };
        match wanted {
            Wanted::Stop => return,
            Wanted::Drain => drain.start(),
            Wanted::CancelDrain => drain.cancel(),
        }
    }
}

/// Prints the URL to open, the only line on standard output.
fn announce(config: &Config, address: SocketAddr) {
    let host = if address.ip().is_unspecified() { "127.0.0.1".to_owned() } else { config.server.host.clone() };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    // Nobody may be reading.
    drop(writeln!(std::io::stdout(), "http://{host}:{}", address.port()));
}

/// Whether a worker batches its sends, to the C++ worker: the key's own name in the environment.
const BATCH_SENDS: &str = "COLLOQUY_WORKERS__BATCH_SENDS";

/// The command line of a worker's process: it reads no configuration of its own, which may have changed since the start.
fn worker_arguments(config: &Config) -> Vec<OsString> {
    let format = if config.log.is_json(config.server.environment) { "json" } else { "text" };
    let lines = config.log.max_media_lines_per_s.to_string();
    let arguments = ["media-worker", "--log-level", &config.log.level, "--log-format", format];
    arguments.into_iter().chain(["--max-media-lines-per-s", &lines]).map(OsString::from).collect()
}

/// The environment of a worker's process, beside the server's: mediasoup's worker reads it by itself.
fn worker_variables(config: &Config) -> Vec<(OsString, OsString)> {
    vec![(BATCH_SENDS.into(), config.workers.batch_sends.to_string().into())]
}
