//! Accepts connections and serves HTTP/1.1 on them, with what a public port needs: a bound on connections, for each
//! address and in all, and a deadline for the head of a request.

use super::stream::{ClientStream, Peer};
use crate::limits::{ClientAddress, Limit, OnLimit, Place, Places, Proxies};
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a client may take to send the head of a request.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long a client may leave what is sent to it unacknowledged (RFC 5482): one that reads no more would keep its
/// connection, and the server's buffer for it, for as long as its machine answers.
const UNREAD_DEADLINE: Duration = Duration::from_secs(30);
/// How long a request under way may take when the server ends.
const GRACE: Duration = Duration::from_secs(1);
/// How long to wait before accepting again when the system is out of something, such as file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// What holds for TCP connections.
pub struct Acceptance {
    /// At once; further ones wait to be accepted. Those that became a WebSocket no longer count.
    pub max_connections: usize,
    /// Of each address at once, those that became a WebSocket included; further ones are closed. Trusted proxies have
    /// as many as there are.
    pub places: Places,
    /// Of a WebSocket; whoever reads it enforces this.
    pub max_message_bytes: u64,
    /// Who is a proxy.
    pub proxies: Arc<Proxies>,
    /// Hears of what is refused.
    pub on_limit: OnLimit,
}

/// Serves until it is stopped, then waits for the requests under way.
pub async fn serve(listener: TcpListener, router: Router, acceptance: Acceptance, stop: CancellationToken) {
    let permits = Arc::new(Semaphore::new(acceptance.max_connections.min(Semaphore::MAX_PERMITS)));
    let connections = TaskTracker::new();
    while let Some((stream, peer, permit)) = stop.run_until_cancelled(accept(&listener, &permits)).await {
        if let Ok(place) = acceptance.place(peer) {
            let on_limit = Arc::clone(&acceptance.on_limit);
            let stream = ClientStream::new(configured(stream), place, acceptance.max_message_bytes, on_limit);
            connections.spawn(connection(stream, peer, router.clone(), stop.clone(), permit));
        }
    }
    connections.close();
    connections.wait().await;
}

impl Acceptance {
    /// The place that a connection from there takes, if it needs one.
    fn place(&self, peer: IpAddr) -> Result<Option<Place>, ()> {
        if self.proxies.trusts(peer) {
            return Ok(None);
        }
        let place = self.places.take(ClientAddress::from(peer));
        place.map(Some).map_err(|_| (self.on_limit)(Limit::ConnectionsPerAddress))
    }
}

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> (TcpStream, IpAddr, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore, so there is always a permit in the end.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer.ip(), permit),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

fn configured(stream: TcpStream) -> TcpStream {
    // Signaling is made of small messages that somebody waits for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_DEADLINE)) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT was refused");
    }
    stream
}

async fn connection(
    stream: ClientStream,
    peer: IpAddr,
    router: Router,
    stop: CancellationToken,
    _permit: Option<OwnedSemaphorePermit>,
) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        router.call(request)
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            // A request whose head has begun counts as under way, however slowly it comes.
            tokio::time::timeout(GRACE, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // A client that went away; nothing to do about it.
        tracing::trace!(%error, "a connection ended with an error");
    }
}
