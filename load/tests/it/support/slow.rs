//! A way to a server that takes its time towards the clients.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Datagrams that may be under way to a client.
const MAX_UNDER_WAY: usize = 10_000;

/// A socket that clients send to instead of the server's.
pub struct Proxy {
    pub address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Before that port of this machine. What comes from there is that late.
    pub async fn open(port: u16, delay: Duration) -> Self {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free"));
        let address = socket.local_addr().expect("is bound");
        let mut tasks = JoinSet::new();
        tasks.spawn(carry(socket, port, delay));
        Self { address, _tasks: tasks }
    }
}

/// To the server at once, from a socket for each client.
async fn carry(socket: Arc<UdpSocket>, port: u16, delay: Duration) {
    let mut clients: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut buffer = [0; 2048];
    loop {
        let (length, client) = socket.recv_from(&mut buffer).await.expect("goes on");
        let upstream = match clients.get(&client) {
            Some(upstream) => upstream,
            None => {
                let upstream = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free"));
                upstream.connect((Ipv4Addr::LOCALHOST, port)).await.expect("is an address");
                let (queue, queued) = mpsc::channel(MAX_UNDER_WAY);
                tasks.spawn(take_in(Arc::clone(&upstream), queue, delay));
                tasks.spawn(deliver(Arc::clone(&socket), client, queued));
                clients.entry(client).or_insert(upstream)
            }
        };
        upstream.send(&buffer[..length]).await.ok();
    }
}

async fn take_in(upstream: Arc<UdpSocket>, queue: mpsc::Sender<(Instant, Vec<u8>)>, delay: Duration) {
    let mut buffer = [0; 2048];
    while let Ok(length) = upstream.recv(&mut buffer).await {
        if queue.send((Instant::now() + delay, buffer[..length].to_vec())).await.is_err() {
            return;
        }
    }
}

async fn deliver(socket: Arc<UdpSocket>, client: SocketAddr, mut queued: mpsc::Receiver<(Instant, Vec<u8>)>) {
    while let Some((due, datagram)) = queued.recv().await {
        sleep_until(due).await;
        socket.send_to(&datagram, client).await.ok();
    }
}
