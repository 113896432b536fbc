//! The reference: socketioxide as its examples use it, answering each event with its payload.

use axum::Router;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use tokio::net::TcpListener;

pub async fn serve() {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.on("echo", async |Data(payload): Data<Value>, ack: AckSender| drop(ack.send(&payload)));
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("is bound"));
    axum::serve(listener, Router::new().layer(layer)).await.expect("serves");
}
