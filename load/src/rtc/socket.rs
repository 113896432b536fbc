//! One UDP socket to one server, read in batches.

use nix::sys::socket::{setsockopt, sockopt};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};
use std::cell::RefCell;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// What the kernel may hold of datagrams until they are read; video to many streams comes in bursts.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Of a buffer that takes in datagrams the kernel has put together (UDP_GRO).
const BUFFER_BYTES: usize = 64 << 10;
/// Batches that are read in a row before others have their turn.
const BATCHES: usize = 8;

thread_local! {
    // One for all sockets of a thread: what is received is taken in at once.
    static BUFFERS: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER_BYTES * BATCH_SIZE]);
}

pub(super) struct Socket {
    pub local: SocketAddr,
    /// Nobody else is heard.
    remote: Option<SocketAddr>,
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Socket {
    /// Opens a socket that hears nobody but `remote`.
    pub fn open(remote: SocketAddr) -> io::Result<Self> {
        let any: IpAddr = if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = std::net::UdpSocket::bind((any, 0))?;
        socket.connect(remote)?;
        Self::of(socket, Some(remote))
    }

    /// Opens a socket that anybody can reach under that address.
    pub fn bind(local: IpAddr) -> io::Result<Self> {
        Self::of(std::net::UdpSocket::bind((local, 0))?, None)
    }

    fn of(socket: std::net::UdpSocket, remote: Option<SocketAddr>) -> io::Result<Self> {
        // Beyond the system's limit only with the right to it; less is enough for audio.
        if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER).is_err() {
            setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER)?;
        }
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let socket = UdpSocket::from_std(socket)?;
        Ok(Self { local: socket.local_addr()?, remote, socket, state })
    }

    /// Sends a datagram. One that nobody takes is lost, as on any network.
    pub async fn send(&self, datagram: &[u8], destination: SocketAddr) -> io::Result<()> {
        let sent = match self.remote {
            Some(_) => self.socket.send(datagram).await,
            None => self.socket.send_to(datagram, destination).await,
        };
        use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied};
        match sent {
            Err(error)
                if matches!(
                    error.kind(),
                    ConnectionRefused | HostUnreachable | NetworkUnreachable | PermissionDenied
                ) =>
            {
                Ok(())
            }
            sent => sent.map(drop),
        }
    }

    /// Waits until there is something to receive.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Hands over all datagrams that are there, up to a bound, whence they came, and when they were read at the latest.
    pub fn receive<E: From<io::Error>>(
        &self,
        mut take: impl FnMut(&[u8], SocketAddr, Instant) -> Result<(), E>,
    ) -> Result<(), E> {
        BUFFERS.with_borrow_mut(|buffers| {
            for _ in 0..BATCHES {
                let mut metas = [RecvMeta::default(); BATCH_SIZE];
                let Some(count) = self.batch(buffers, &mut metas)? else { return Ok(()) };
                let now = Instant::now();
                for (buffer, meta) in buffers.chunks_exact(BUFFER_BYTES).zip(&metas[..count]) {
                    let mut datagrams = buffer[..meta.len].chunks(meta.stride.max(1));
                    datagrams.try_for_each(|datagram| take(datagram, meta.addr, now))?;
                }
                if count < BATCH_SIZE {
                    return Ok(());
                }
            }
            Ok(())
        })
    }

    /// How many buffers were filled; nothing if there is nothing to be had.
    fn batch(&self, buffers: &mut [u8], metas: &mut [RecvMeta; BATCH_SIZE]) -> io::Result<Option<usize>> {
        let mut chunks = buffers.chunks_exact_mut(BUFFER_BYTES);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        let receive = || self.state.recv(UdpSockRef::from(&self.socket), &mut slices, metas);
        match self.socket.try_io(Interest::READABLE, receive) {
            Ok(count) => Ok(Some(count)),
            // That nobody listened there a moment ago is no reason not to go on.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn all_datagrams_are_handed_over_whole_and_in_order() {
        let server = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let socket = Socket::open(server.local_addr().unwrap()).unwrap();
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, socket.local.port()));
        let sent: Vec<Vec<u8>> = (1..=100).map(|length| vec![length; usize::from(length)]).collect();
        sent.iter().for_each(|datagram| assert!(server.send_to(datagram, local).is_ok()));
        let mut received = Vec::new();
        while received.len() < sent.len() {
            timeout(Duration::from_secs(10), socket.readable()).await.expect("something comes").unwrap();
            let take = |datagram: &[u8], _, _| {
                received.push(datagram.to_vec());
                Ok::<_, io::Error>(())
            };
            socket.receive(take).unwrap();
        }
        assert_eq!(received, sent);
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_no_error() {
        let server = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let gone = server.local_addr().unwrap();
        let socket = Socket::open(gone).unwrap();
        drop(server);
        for _ in 0..3 {
            socket.send(b"anybody?", gone).await.unwrap();
            socket.receive(|_, _, _| Ok::<_, io::Error>(())).unwrap();
        }
    }
}
