//! Accepts connections and serves HTTP/1.1 on them, with what a public port needs: a bound on connections, and a
//! deadline for the head of a request.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
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

/// Serves until it is stopped, then waits for the requests under way. Beyond `max_connections` (those that became a
/// WebSocket no longer count) further ones wait to be accepted.
pub async fn serve(listener: TcpListener, router: Router, max_connections: usize, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(max_connections));
    let connections = TaskTracker::new();
    while let Some((stream, place)) = stop.run_until_cancelled(accept(&listener, &places)).await {
        connections.spawn(connection(stream, router.clone(), stop.clone(), place));
    }
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore, so there is always a place in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, stop: CancellationToken, _place: Option<OwnedSemaphorePermit>) {
    // Signaling is made of small messages that somebody waits for.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD_DEADLINE)) {
        tracing::debug!(%error, "TCP_USER_TIMEOUT was refused");
    }
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
    let service = TowerToHyperService::new(router);
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
