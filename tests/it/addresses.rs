//! Limits that hold for an address, and which address that is behind a proxy.

use crate::support::{Client, DEADLINE, TestServer};
use colloquy::config::{Config, ForwardedHeader};
use colloquy::limits::Limit;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpSocket, TcpStream};

/// A server that takes one socket of each address.
async fn server(change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::start_with(|config| {
        config.server.max_connections_per_address = 1;
        change(config);
    })
    .await
}

/// One that believes proxies on this machine.
async fn behind_a_proxy(header: ForwardedHeader) -> TestServer {
    server(|config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".into(), "10.0.0.0/8".into()];
        config.server.forwarded_header = header;
    })
    .await
}

/// Whether a socket with that header is taken in beside one with the other.
async fn both_fit(server: &TestServer, name: &'static str, one: &str, other: &str) -> bool {
    let first = Client::try_connect_with(server, &[(name, one)]).await.expect("the first");
    let before = server.refusals(Limit::ConnectionsPerAddress).await;
    let second = Client::try_connect_with(server, &[(name, other)]).await;
    let fits = second.is_ok();
    if let Err(refusal) = &second {
        let message = "LIMIT_EXCEEDED: server.max_connections_per_address allows 1: try again later";
        assert_eq!(*refusal, json!({ "message": message }));
    }
    assert_eq!(server.refusals(Limit::ConnectionsPerAddress).await, before + f64::from(u8::from(!fits)));
    first.close().await;
    if let Ok(second) = second {
        second.close().await;
    }
    server.until_metric("colloquy_connections", 0.0).await;
    fits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_sockets_and_another_has_its_own() {
    let server = server(|_| {}).await;
    let anna = Client::connect(&server).await;
    Client::try_connect(&server).await.err().expect("one too many of this address");
    let mut elsewhere = connect_from(&server, [127, 0, 0, 2]).await;
    let request = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut elsewhere, request.as_bytes()).await.expect("is sent");
    let mut answer = String::new();
    elsewhere.read_to_string(&mut answer).await.expect("text");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    anna.close().await;
    server.until_metric("colloquy_connections", 0.0).await;
    drop(Client::connect(&server).await);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_trusted_proxies_headers_are_ignored() {
    let server = server(|_| {}).await;
    for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        assert!(!both_fit(&server, name, "192.0.2.1", "192.0.2.2").await, "{name}");
        assert!(!both_fit(&server, name, "for=192.0.2.1", "for=192.0.2.2").await, "{name}");
    }
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_clients_count_by_what_it_appended() {
    let server = behind_a_proxy(ForwardedHeader::XForwardedFor).await;
    let table = [
        ("192.0.2.1", "192.0.2.2", true),
        ("192.0.2.1", "192.0.2.1", false),
        // What the client itself sent stands to the left of what the proxy saw.
        ("198.51.100.1, 192.0.2.1", "198.51.100.2, 192.0.2.1", false),
        ("192.0.2.1, 10.0.0.1", "192.0.2.2, 10.0.0.1", true),
        ("192.0.2.1, 10.0.0.1", "192.0.2.1, 10.0.0.2", false),
        ("2001:db8::1", "2001:db8::2", false),
        ("2001:db8::1", "2001:db8:0:1::1", true),
        ("192.0.2.1, nonsense", "192.0.2.2, nonsense", false),
    ];
    for (one, other, fit) in table {
        assert_eq!(both_fit(&server, "x-forwarded-for", one, other).await, fit, "{one} and {other}");
    }
    assert!(!both_fit(&server, "forwarded", "for=192.0.2.1", "for=192.0.2.2").await, "not the proxy's header");
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_may_use_the_header_of_the_rfc() {
    let server = behind_a_proxy(ForwardedHeader::Forwarded).await;
    let table = [
        ("for=192.0.2.1;proto=https", "for=192.0.2.2;proto=https", true),
        ("for=198.51.100.1, for=192.0.2.1", "for=198.51.100.2, for=192.0.2.1", false),
        ("for=\"[2001:db8::1]:4711\"", "for=\"[2001:db8:0:1::1]:4711\"", true),
    ];
    for (one, other, fit) in table {
        assert_eq!(both_fit(&server, "forwarded", one, other).await, fit, "{one} and {other}");
    }
    assert!(!both_fit(&server, "x-forwarded-for", "192.0.2.1", "192.0.2.2").await, "not the proxy's header");
    server.finish().await;
}

async fn connect_from(server: &TestServer, ip: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((IpAddr::from(Ipv4Addr::from(ip)), 0).into()).expect("an address of the loopback");
    let address = server.url().strip_prefix("http://").expect("a URL of ours");
    socket.connect(address.parse().expect("an address")).await.expect("connects")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_cannot_take_all_connections_before_the_handshake() {
    let server = server(|_| {}).await;
    let mut silent = Vec::new();
    // Twice as many as sockets, and 64 more.
    for _ in 0..80 {
        silent.push(connect_from(&server, [127, 0, 0, 2]).await);
    }
    let (mut open, mut closed) = (0.0, 0.0);
    for stream in &mut silent[66..] {
        let read = tokio::time::timeout(DEADLINE, stream.read(&mut [0])).await.expect("is closed at once");
        closed += f64::from(u8::from(matches!(read, Ok(0) | Err(_))));
    }
    for stream in &mut silent[..66] {
        let read = tokio::time::timeout(Duration::ZERO, stream.read(&mut [0])).await;
        open += f64::from(u8::from(read.is_err()));
    }
    assert_eq!((open, closed), (66.0, 14.0));
    assert_eq!(server.refusals(Limit::ConnectionsPerAddress).await, closed);
    // Places come back with connections that end, also those of a WebSocket that was one.
    drop(silent);
    drop(Client::connect(&server).await);
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_beyond_those_that_can_be_refused_politely_get_a_status() {
    let server = server(|config| config.server.max_connections_per_address = 3).await;
    let url = format!("{}/socket.io/?EIO=4&transport=polling", server.url());
    let http = reqwest::Client::new();
    let mut statuses = Vec::new();
    for _ in 0..3 + 64 + 2 {
        statuses.push(http.get(&url).send().await.expect("an answer").status().as_u16());
    }
    let (taken, refused) = statuses.split_at(3 + 64);
    assert!(taken.iter().all(|status| *status == 200) && refused == [429, 429], "{statuses:?}");
    assert_eq!(server.refusals(Limit::ConnectionsPerAddress).await, 2.0);
    server.finish().await;
}
