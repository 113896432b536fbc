//! What goes wrong with one endpoint, or comes from none, is nobody else's trouble.

use crate::support::TestServer;
use crate::support::rtc::{Caller, DtlsRole, Flow, Incoming, Link, Phase, Protocol, Published, StreamSpec};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpStream, UdpSocket};

/// Datagrams between two looks at the call.
const NOISE_IN_ONE_GO: usize = 32;

/// A video from Anna to Ben, next to which something goes wrong.
struct Call {
    server: TestServer,
    anna: Caller,
    ben: Caller,
    sending: Link,
    receiving: Link,
    video: Published,
    seen: Incoming,
}

impl Call {
    async fn start(protocol: Protocol) -> Self {
        // One worker: whatever happens, happens to the one that serves this call.
        let server = TestServer::start_with(|config| config.workers.count = 1).await;
        let (anna, ben) = (Caller::join(&server, "call", "anna").await, Caller::join(&server, "call", "ben").await);
        let (sending, receiving) = (anna.open("send", protocol).await, ben.open("recv", protocol).await);
        let video = anna.publish(&sending, StreamSpec::video(2000)).await;
        let seen = ben.receive(&receiving, &video).await;
        let call = Self { server, anna, ben, sending, receiving, video, seen };
        call.flow().goes_on().await;
        call
    }

    fn flow(&self) -> Flow<'_> {
        Flow::new(&self.sending, &self.video, &self.receiving, &self.seen)
    }

    /// The call goes on, and the next one who comes has a part in it.
    async fn is_unharmed(&self) {
        self.flow().goes_on().await;
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let newcomer = Caller::join(&self.server, "call", "newcomer").await;
            let receiving = newcomer.open("recv", protocol).await;
            let seen = newcomer.receive(&receiving, &self.video).await;
            Flow::new(&self.sending, &self.video, &receiving, &seen).goes_on().await;
            newcomer.client.close().await;
        }
        assert_eq!(self.flow().received().damaged, 0);
        let stats: Value = self.server.stats().await;
        assert_eq!(stats["workersDetail"][0]["restarts"], 0, "{stats}");
    }

    async fn end(self) {
        self.anna.client.close().await;
        self.ben.client.close().await;
        self.server.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_with_another_certificate_takes_no_part() {
    let call = Call::start(Protocol::Udp).await;
    let mallory = Caller::join(&call.server, "call", "mallory").await;
    let mut links = Vec::new();
    for direction in ["send", "recv"] {
        let (id, info, endpoint) = mallory.prepare(direction, DtlsRole::Client).await;
        let (_, _, mut another) = mallory.prepare(direction, DtlsRole::Client).await;
        mallory.introduce(&id, &another.dtls_parameters()).await;
        links.push(Link { id, peer: endpoint.start(&info, Protocol::Udp).await });
    }
    let [sending, receiving] = links.try_into().unwrap_or_else(|_| unreachable!("two directions"));
    let forged = mallory.publish(&sending, StreamSpec::audio(1000)).await;
    let heard = call.ben.receive(&call.receiving, &forged).await;
    let seen = mallory.receive(&receiving, &call.video).await;
    for link in [&sending, &receiving] {
        link.peer.until("an end", |now| matches!(now.phase, Phase::Closed(_))).await;
    }
    call.is_unharmed().await;
    assert_eq!(call.receiving.peer.received(heard.ssrc).packets, 0);
    assert_eq!(receiving.peer.received(seen.ssrc).packets, 0);
    mallory.client.close().await;
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_notices_a_server_with_another_certificate() {
    let call = Call::start(Protocol::Udp).await;
    let newcomer = Caller::join(&call.server, "call", "newcomer").await;
    let (id, mut info, mut endpoint) = newcomer.prepare("recv", DtlsRole::Client).await;
    newcomer.introduce(&id, &endpoint.dtls_parameters()).await;
    info.dtls_parameters = endpoint.dtls_parameters();
    let peer = endpoint.start(&info, Protocol::Udp).await;
    peer.until("a mismatch", |now| matches!(&now.phase, Phase::Closed(why) if why.contains("fingerprint"))).await;
    newcomer.client.close().await;
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_disappears_is_missed_by_nobody() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut call = Call::start(protocol).await;
        let cara = Caller::join(&call.server, "call", "cara").await;
        let link = cara.open("recv", protocol).await;
        let seen = cara.receive(&link, &call.video).await;
        Flow::new(&call.sending, &call.video, &link, &seen).goes_on().await;
        // The receiver, in the middle of a stream to it.
        drop(link);
        cara.client.kill().await;
        call.anna.client.next_event("peerLeft").await;
        call.is_unharmed().await;
        // The sender, in the middle of its own stream.
        drop(call.sending);
        call.anna.client.kill().await;
        call.ben.client.next_event("peerLeft").await;
        call.anna = Caller::join(&call.server, "call", "anna").await;
        call.sending = call.anna.open("send", protocol).await;
        call.video = call.anna.publish(&call.sending, StreamSpec::video(2000)).await;
        call.seen = call.ben.receive(&call.receiving, &call.video).await;
        call.is_unharmed().await;
        call.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_on_the_udp_port_disturbs_nobody() {
    let call = Call::start(Protocol::Udp).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.connect(call.address(Protocol::Udp).await).await.expect("an address");
    for (number, datagram) in noise().enumerate() {
        socket.send(&datagram).await.expect("the port is open");
        if number.is_multiple_of(NOISE_IN_ONE_GO) {
            // No more than fits into the system's buffer, so that the worker sees all of it.
            call.flow().goes_on().await;
        }
    }
    call.is_unharmed().await;
    call.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_open_tcp_connections_disturb_nobody() {
    let call = Call::start(Protocol::Tcp).await;
    let address = call.address(Protocol::Tcp).await;
    let mut open = Vec::new();
    let beginnings: [&[u8]; 6] =
        [b"", b"\x00", b"\xff\xff half a frame", b"\x00\x00", b"\x00\x04\x00\x01\x00\x00", b"GET / HTTP/1.1\r\n\r\n"];
    for beginning in beginnings {
        let mut connection = TcpStream::connect(address).await.expect("the port is open");
        connection.write_all(beginning).await.expect("written");
        open.push(connection);
        let mut reset = TcpStream::connect(address).await.expect("the port is open");
        reset.write_all(beginning).await.expect("written");
        reset.set_zero_linger().expect("a socket option");
    }
    for datagram in noise().step_by(16) {
        let mut connection = TcpStream::connect(address).await.expect("the port is open");
        let length = u16::try_from(datagram.len()).expect("short");
        // The server may close on the first byte that makes no sense.
        drop(connection.write_all(&[&length.to_be_bytes()[..], &datagram].concat()).await);
    }
    call.is_unharmed().await;
    drop(open);
    call.is_unharmed().await;
    call.end().await;
}

impl Call {
    /// Where the worker of this call listens.
    async fn address(&self, protocol: Protocol) -> SocketAddr {
        let (_, info, _) = self.ben.prepare("recv", DtlsRole::Client).await;
        info.address(protocol).expect("a candidate")
    }
}

/// Datagrams with every first byte, by which STUN, DTLS, RTP and RTCP are told apart, in many lengths; the same ones
/// each time.
fn noise() -> impl Iterator<Item = Vec<u8>> {
    let lengths = [0, 1, 2, 4, 12, 13, 20, 28, 100, 548, 1400];
    let mut state = 0x2545_f491_u32;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..=255).flat_map(move |first: u8| lengths.map(|length| (first, length))).map(move |(first, length)| {
        let mut datagram: Vec<u8> = (0..length).map(|_| random()).collect();
        if let Some(byte) = datagram.first_mut() {
            *byte = first;
        }
        if first < 2 && length >= 20 {
            // STUN's magic cookie and its own length, so that the parser goes on (RFC 8489).
            datagram[1] = 1;
            datagram[2..4].copy_from_slice(&(length as u16 - 20).to_be_bytes());
            datagram[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
        }
        datagram
    })
}
