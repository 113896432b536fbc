//! Puts the parts together: from a configuration to a running server, and to its orderly end.

mod auth;
mod database;
mod quality;
mod rest;
mod roles;
mod webhooks;

pub use auth::offline_gate;

use crate::auth::KeyError;
use crate::calls::{Journal, OpenError, Store, StoreError};
use crate::config::{
    AllowedOrigins, AudioCodec, Config, ForwardedHeader, SpeakersConfig, VideoCodec, WorkerIsolation, WorkerLogLevel,
};
use crate::drain::Drain;
use crate::http::{self, Acceptance, Admin, AdminGuard, Handshakes, HttpState, IceDesk, Origins};
use crate::ice::{IceServers, SharedSecretTurn};
use crate::lifecycle::{Signals, Wanted};
use crate::limits::{self, OnLimit, Places, Proxies, Rate};
use crate::media::{
    Codec, Isolation, MediaLogLevel, OpusSettings, Pool, PoolError, PoolSettings, SpeakerSettings, Supervision,
    TransportSettings, WorkerProgram,
};
use crate::protocol::{Event, IceServer};
use crate::rooms::{Bitrates, RoomManager, RoomSettings};
use crate::signaling::socketio::{self, SocketIoSettings};
use crate::signaling::{Hub, HubSettings};
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

/// HTTP connections beside those of sockets that poll: probes must get through when the sockets are at their limit.
const HTTP_RESERVE: usize = 1024;
/// The same for one address: who is refused still hears so.
const ADDRESS_RESERVE: usize = 64;
/// TCP connections of one socket at most: one that polls has one open to hear and another to speak.
const TCP_PER_SOCKET: usize = 2;

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
            WorkerIsolation::Process => Isolation::Process(WorkerProgram::own(worker_arguments(config))?),
        };
        Self::start_isolated(config, isolation).await
    }

    /// The same with worker processes of another program than the one that runs here.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with_worker_program(config: &Config, path: PathBuf) -> Result<Self, StartError> {
        let program = WorkerProgram { path, arguments: worker_arguments(config) };
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
        let pool = Pool::start(&pool_settings(config, isolation)).await?;
        let settings = database::journal_settings(config, address, Arc::clone(&on_limit));
        let journal = Journal::start(store.clone(), settings).await?;
        let deliverer = webhooks::deliver(config, &store, journal.server(), &mailer, &metrics, Arc::clone(&on_limit))?;
        let ice_servers = ice_servers(config);
        let limits = Arc::clone(&on_limit);
        let on_quality = quality::counting(&metrics);
        let settings = room_settings(config);
        let rooms =
            RoomManager::new(settings, pool.clone(), ice_servers.clone(), limits, on_quality, journal.on_entry());
        let hub = Hub::new(rooms.clone(), metrics.clone(), hub_settings(config));
        let stop_watch = CancellationToken::new();
        hub.tasks().spawn(hub.clone().watch(stop_watch.clone()));
        database::book_again(&store, &rooms).await?;
        let keeper = database::keeper(config, &store, &journal, &rooms);
        hub.tasks().spawn(keeper.run(stop_watch.clone()));
        let gate = auth::gate(config, auth::listeners(&store, &journal, &hub, Arc::clone(&on_limit)))?;
        gate.refresh().await;
        hub.tasks().spawn(gate.clone().watch(stop_watch.clone()));
        let drain = Drain::new(rooms.clone(), hub.clone(), config.server.drain_deadline());
        let guard = Arc::new(admin_guard(config, Arc::clone(&on_limit)));
        hub.tasks().spawn(Arc::clone(&guard).watch(stop_watch.clone()));
        let ice_desk = IceDesk::new(ice_servers, config.turn.requests_per_minute, Arc::clone(&on_limit));
        let ice_desk = Arc::new(ice_desk);
        hub.tasks().spawn(Arc::clone(&ice_desk).watch(stop_watch.clone()));
        let (layer, io) = socketio::layer(hub.clone(), gate.clone(), &socketio_settings(config));
        let origins = Arc::new(match config.server.allowed_origins() {
            AllowedOrigins::Any => Origins::Any,
            AllowedOrigins::Only(origins) => Origins::Only(origins.to_vec()),
        });
        let proxies = Arc::new(proxies(config));
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
            handshakes: handshakes(config, Arc::clone(&on_limit)),
            ice_desk,
        };
        let router = http::router(state, Admin { drain: drain.clone(), guard }, layer);
        let stop_http = CancellationToken::new();
        let acceptance = acceptance(config, proxies, on_limit);
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

/// The command line of a worker's process: it reads no configuration of its own, which may have changed since the start.
fn worker_arguments(config: &Config) -> Vec<OsString> {
    let format = if config.log.is_json(config.server.environment) { "json" } else { "text" };
    ["media-worker", "--log-level", &config.log.level, "--log-format", format].map(OsString::from).into()
}

fn pool_settings(config: &Config, isolation: Isolation) -> PoolSettings {
    use MediaLogLevel as Level;
    let (rtc, codecs, workers) = (&config.rtc, &config.codecs, &config.workers);
    let audio = codecs.audio.iter().map(|codec| match codec {
        AudioCodec::Opus => {
            Codec::Opus(OpusSettings { dtx: codecs.opus_dtx, fec: codecs.opus_fec, stereo: codecs.opus_stereo })
        }
    });
    let video = codecs.video.iter().map(|codec| match codec {
        VideoCodec::Vp8 => Codec::Vp8,
        VideoCodec::Vp9 => Codec::Vp9,
        VideoCodec::H264 => Codec::H264,
        VideoCodec::H264High => Codec::H264High,
        VideoCodec::Av1 => Codec::Av1,
    });
    PoolSettings {
        workers: workers.effective_count(),
        isolation,
        supervision: Supervision {
            heartbeat_interval: workers.heartbeat_interval(),
            heartbeat_misses: workers.heartbeat_misses,
            max_failures: workers.max_failures,
            min_uptime: workers.min_uptime(),
        },
        log_level: match workers.log_level {
            WorkerLogLevel::Debug => Level::Debug,
            WorkerLogLevel::Warn => Level::Warn,
            WorkerLogLevel::Error => Level::Error,
            WorkerLogLevel::None => Level::None,
        },
        deadline: workers.request_deadline(),
        listen_ip: rtc.listen_ip,
        announced_address: rtc.announced().map(ToOwned::to_owned),
        first_port: rtc.min_port,
        codecs: audio.chain(video).collect(),
        transport: TransportSettings {
            enable_udp: rtc.enable_udp,
            enable_tcp: rtc.enable_tcp,
            prefer_udp: rtc.prefer_udp,
            initial_outgoing_bitrate_bps: rtc.initial_outgoing_bitrate_bps,
            max_outgoing_bitrate_bps: rtc.max_outgoing_bitrate_bps,
            max_incoming_bitrate_bps: rtc.max_incoming_bitrate_bps,
            ice_consent_timeout_s: rtc.ice_consent_timeout_s,
            max_data_message_bytes: config.data.message_bytes(),
        },
        speakers: speaker_settings(config),
    }
}

/// None where nobody is to be told anyway.
fn speaker_settings(config: &Config) -> Option<SpeakerSettings> {
    let SpeakersConfig { active_speaker, audio_levels, interval_ms, threshold_dbov, max_levels } = config.speakers;
    (active_speaker || audio_levels).then_some(SpeakerSettings { interval_ms, threshold_dbov, max_levels })
}

fn bitrates(config: &Config) -> Bitrates {
    let bitrates = &config.bitrates;
    Bitrates {
        floor: config.rtc.max_incoming_bitrate_bps,
        microphone: bitrates.microphone_bps,
        screen_audio: bitrates.screen_audio_bps,
        camera: bitrates.camera_bps,
        camera_layers: bitrates.camera_layers_bps,
        screen: bitrates.screen_bps,
        screen_layers: bitrates.screen_layers_bps,
    }
}

fn room_settings(config: &Config) -> RoomSettings {
    let Config { rooms, data, messages, .. } = config;
    RoomSettings {
        max_rooms: rooms.max_rooms,
        max_peers: rooms.max_peers,
        roles: roles::roles(&config.roles),
        creation: roles::creation(config.calls.creation),
        max_bookings: config.calls.max_bookings,
        empty_close: rooms.empty_close(),
        queue: rooms.queue,
        max_transports_per_peer: rooms.max_transports_per_peer,
        max_audio_producers_per_peer: rooms.max_audio_producers_per_peer,
        max_video_producers_per_peer: rooms.max_video_producers_per_peer,
        max_consumers_per_peer: rooms.max_consumers_per_peer,
        max_screens: rooms.max_screens,
        layers_release: rooms.layers_release(),
        bitrates: bitrates(config),
        active_speaker: config.speakers.active_speaker,
        audio_levels: config.speakers.audio_levels,
        quality: quality::settings(&config.quality),
        resume_grace: rooms.resume_grace(),
        dead_peer: rooms.dead_peer(),
        max_consumers_per_router: rooms.max_consumers_per_router,
        max_media_resets_per_minute: rooms.max_media_resets_per_minute,
        media_reset_deadline: rooms.media_reset_deadline(),
        max_app_data_bytes: rooms.max_app_data_bytes,
        data: data.enabled,
        max_data_producers_per_peer: data.max_producers_per_peer,
        max_data_consumers_per_peer: data.max_consumers_per_peer,
        messages: Rate::per_second(messages.per_second, messages.burst),
        max_message_bytes: messages.max_bytes,
        kept_messages: messages.kept,
    }
}

fn ice_servers(config: &Config) -> IceServers {
    let fixed = config.rtc.ice_servers.iter().map(|server| IceServer {
        urls: server.urls.clone(),
        username: (!server.username.is_empty()).then(|| server.username.clone()),
        credential: (!server.credential.is_empty()).then(|| server.credential.expose().to_owned()),
    });
    let turn = &config.turn;
    let shared = SharedSecretTurn { urls: turn.urls.clone(), secret: turn.secret.expose().to_owned(), ttl: turn.ttl() };
    IceServers::new(fixed.collect(), (!turn.urls.is_empty()).then_some(shared))
}

fn hub_settings(config: &Config) -> HubSettings {
    let (server, signaling) = (&config.server, &config.signaling);
    HubSettings {
        max_in_flight: signaling.max_in_flight,
        max_connections: server.max_connections,
        max_connections_per_address: server.max_connections_per_address,
        requests: Rate::per_second(signaling.requests_per_second, signaling.request_burst),
        address_requests: Rate::per_second(signaling.address_requests_per_second, signaling.address_request_burst),
        join_timeout: signaling.join_timeout(),
    }
}

fn proxies(config: &Config) -> Proxies {
    let header = match config.server.forwarded_header {
        ForwardedHeader::XForwardedFor => limits::ForwardedHeader::XForwardedFor,
        ForwardedHeader::Forwarded => limits::ForwardedHeader::Forwarded,
    };
    Proxies::new(config.server.trusted_networks(), header)
}

fn handshakes(config: &Config, on_limit: OnLimit) -> Handshakes {
    let server = &config.server;
    let per_address = server.max_connections_per_address.saturating_add(ADDRESS_RESERVE);
    Handshakes {
        places: Places::new(per_address, server.max_connections.saturating_add(HTTP_RESERVE)),
        connect_timeout: config.signaling.connect_timeout(),
        on_limit,
    }
}

fn admin_guard(config: &Config, on_limit: OnLimit) -> AdminGuard {
    let server = &config.server;
    AdminGuard::new(server.admin_token.expose().to_owned(), server.admin_attempts_per_minute, on_limit)
}

fn acceptance(config: &Config, proxies: Arc<Proxies>, on_limit: OnLimit) -> Acceptance {
    let server = &config.server;
    let per_address = server.max_connections_per_address.saturating_mul(TCP_PER_SOCKET).saturating_add(ADDRESS_RESERVE);
    Acceptance {
        max_connections: server.max_connections.saturating_add(HTTP_RESERVE),
        places: Places::new(per_address, usize::MAX),
        max_message_bytes: config.signaling.max_payload_bytes,
        proxies,
        on_limit,
    }
}

fn socketio_settings(config: &Config) -> SocketIoSettings {
    let signaling = &config.signaling;
    SocketIoSettings {
        max_payload_bytes: signaling.max_payload_bytes,
        send_buffer: signaling.send_buffer,
        ping_interval: signaling.ping_interval(),
        ping_timeout: signaling.ping_timeout(),
        connect_timeout: signaling.connect_timeout(),
    }
}
