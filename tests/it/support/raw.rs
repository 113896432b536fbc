//! A WebSocket and nothing above it, for what happens before a client is connected, and for clients that misbehave.

use super::TestServer;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

pub type Stream = WebSocketStream<TcpStream>;

/// Opens the WebSocket and takes Engine.IO's open packet.
pub async fn handshake(server: &TestServer) -> Stream {
    open(server.url(), "", TcpSocket::new_v4().expect("a socket"), &[]).await
}

/// The same with something added to the query of the URL.
pub async fn handshake_by(server: &TestServer, query: &str) -> Stream {
    open(server.url(), query, TcpSocket::new_v4().expect("a socket"), &[]).await
}

/// The same with some headers, as a proxy would add them.
pub async fn handshake_with(server: &TestServer, headers: &[(&'static str, &str)]) -> Stream {
    open(server.url(), "", TcpSocket::new_v4().expect("a socket"), headers).await
}

/// The same at any URL, with so small a buffer in the system that the server soon notices when nobody reads.
pub async fn handshake_with_little_room(url: &str) -> Stream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a TCP option");
    open(url, "", socket, &[]).await
}

async fn open(url: &str, query: &str, socket: TcpSocket, headers: &[(&'static str, &str)]) -> Stream {
    let address = url.strip_prefix("http://").expect("a URL of ours");
    let tcp = socket.connect(address.parse().expect("an address")).await.expect("the server listens");
    tcp.set_nodelay(true).expect("a TCP option");
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket{query}");
    let mut request = url.into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().expect("ASCII"));
    }
    let (mut stream, _) = tokio_tungstenite::client_async(request, tcp).await.expect("a WebSocket");
    let open = text(&mut stream).await;
    assert!(open.starts_with("0{"), "Engine.IO opens: {open}");
    stream
}

pub async fn send(stream: &mut Stream, frame: &str) {
    stream.send(Message::text(frame)).await.expect("the socket is open");
}

/// The next text frame but pings, which are answered.
pub async fn text(stream: &mut Stream) -> String {
    loop {
        let frame = stream.next().await.expect("a frame").expect("the socket is open");
        let text = frame.into_text().expect("text").to_string();
        if text != "2" {
            return text;
        }
        send(stream, "3").await;
    }
}

/// Drops the connection with a TCP reset: nothing of it arrives any more.
pub fn reset(stream: Stream) {
    stream.get_ref().set_zero_linger().expect("a TCP option");
    drop(stream);
}

/// Waits until the server has closed the connection.
pub async fn until_closed(stream: &mut Stream) {
    let closed = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::time::timeout(super::DEADLINE, closed).await.expect("the socket is closed in time");
}
