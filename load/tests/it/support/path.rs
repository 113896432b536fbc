//! A way between two endpoints that delays and loses.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Datagrams that may be under way.
const MAX_UNDER_WAY: usize = 10_000;

/// What a way does to what goes over it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Way {
    /// Both ways.
    pub delay: Duration,
    /// Of the packets from the one that offers, one in so many is lost; of RTP alone, and not of retransmissions.
    pub lose_every: Option<u32>,
}

/// Two sockets, each of which stands for one of the ends towards the other.
pub struct Path {
    ports: [u16; 2],
    ends: Arc<[OnceLock<SocketAddr>; 2]>,
    _tasks: JoinSet<()>,
}

impl Path {
    /// A way over the loopback.
    pub async fn open(way: Way) -> Self {
        let sockets = [
            Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port")),
            Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port")),
        ];
        let ports = [0, 1].map(|end: usize| sockets[end].local_addr().expect("is bound").port());
        let ends = Arc::new([OnceLock::new(), OnceLock::new()]);
        let mut tasks = JoinSet::new();
        for end in [0, 1] {
            let (from, to) = (Arc::clone(&sockets[1 - end]), Arc::clone(&sockets[end]));
            let (queue, queued) = tokio::sync::mpsc::channel(MAX_UNDER_WAY);
            let loses = if end == 0 { way.lose_every } else { None };
            tasks.spawn(take_in(from, queue, way.delay, loses));
            tasks.spawn(deliver(to, queued, Arc::clone(&ends), 1 - end));
        }
        Self { ports, ends, _tasks: tasks }
    }

    /// The offer as it reaches the other end: with this way's address in it.
    pub fn offered(&self, description: &str) -> String {
        self.redirect(description, 0)
    }

    /// The same with the answer.
    pub fn answered(&self, description: &str) -> String {
        self.redirect(description, 1)
    }

    fn redirect(&self, description: &str, end: usize) -> String {
        let line = |line: &str| {
            let Some(candidate) = line.strip_prefix("a=candidate:") else { return line.to_owned() };
            let mut words: Vec<_> = candidate.split_whitespace().map(str::to_owned).collect();
            let port = words[5].parse().expect("a port");
            self.ends[end].set(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).ok();
            words[5] = self.ports[end].to_string();
            format!("a=candidate:{}", words.join(" "))
        };
        description.lines().map(line).map(|line| line + "\r\n").collect()
    }
}

async fn take_in(
    socket: Arc<UdpSocket>,
    queue: tokio::sync::mpsc::Sender<(Instant, Vec<u8>)>,
    delay: Duration,
    lose_every: Option<u32>,
) {
    let (mut buffer, mut count, mut retransmissions) = ([0; 2048], 0_u32, None);
    while let Ok(length) = socket.recv(&mut buffer).await {
        let datagram = &buffer[..length];
        if let (Some(every), [128..=191, second, ..]) = (lose_every, datagram)
            && !(64..96).contains(&(second & 0x7f))
        {
            // The first payload type is the media's.
            if *retransmissions.get_or_insert(second & 0x7f) == second & 0x7f {
                count += 1;
                if count.is_multiple_of(every) {
                    continue;
                }
            }
        }
        if queue.send((Instant::now() + delay, datagram.to_vec())).await.is_err() {
            return;
        }
    }
}

async fn deliver(
    socket: Arc<UdpSocket>,
    mut queued: tokio::sync::mpsc::Receiver<(Instant, Vec<u8>)>,
    ends: Arc<[OnceLock<SocketAddr>; 2]>,
    end: usize,
) {
    while let Some((due, datagram)) = queued.recv().await {
        tokio::time::sleep_until(due).await;
        if let Some(address) = ends[end].get() {
            socket.send_to(&datagram, address).await.ok();
        }
    }
}
