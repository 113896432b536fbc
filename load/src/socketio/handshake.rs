//! From a URL to the namespace.

use super::packet;
use crate::target::TargetError;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// A WebSocket over plain TCP.
pub type Stream = WebSocketStream<TcpStream>;

/// Bytes that are read at once: connections are many, and most of what comes is short.
const READ_BUFFER: usize = 4096;

/// Connects and enters the namespace; gives also how long the server may be silent.
pub async fn enter(url: &str, auth: Option<&Value>) -> Result<(Stream, Duration), TargetError> {
    let host = url.trim_end_matches('/').strip_prefix("http://").ok_or_else(|| {
        TargetError::new("invalid_url", format!("{url}: only http:// can be loaded, without a proxy for TLS before it"))
    })?;
    let address = if has_port(host) { host.to_owned() } else { format!("{host}:80") };
    let tcp = TcpStream::connect(&address).await.map_err(|error| unreachable(&address, error))?;
    tcp.set_nodelay(true).map_err(|error| unreachable(&address, error))?;
    let request = format!("ws://{host}/socket.io/?EIO=4&transport=websocket");
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
    let upgraded = tokio_tungstenite::client_async_with_config(request, tcp, Some(config)).await;
    let (mut stream, _) = upgraded.map_err(|error| TargetError::new("handshake_refused", error))?;
    let opened = text(&mut stream).await?;
    let auth = auth.map(Value::to_string).unwrap_or_default();
    let entered = stream.send(Message::text(format!("{}{auth}", packet::ENTER))).await;
    entered.map_err(TargetError::lost)?;
    let answer = text(&mut stream).await?;
    if let Some(refusal) = answer.strip_prefix("44") {
        return Err(refused(refusal));
    }
    if !answer.starts_with(packet::ENTER) {
        return Err(TargetError::new("handshake_refused", format!("no Socket.IO: {answer}")));
    }
    Ok((stream, patience(&opened)))
}

fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

fn unreachable(address: &str, error: std::io::Error) -> TargetError {
    TargetError::new("unreachable", format!("{address}: {error}"))
}

/// `connect_error`: this server's messages begin with a code.
fn refused(refusal: &str) -> TargetError {
    let refusal: Value = serde_json::from_str(refusal).unwrap_or_default();
    let message = refusal["message"].as_str().unwrap_or("refused without a word");
    match message.split_once(": ") {
        Some((code, rest)) if code.chars().all(|c| c.is_ascii_uppercase() || c == '_') => TargetError::new(code, rest),
        _ => TargetError::new("connection_refused", message),
    }
}

/// Two pings' time: `0{"pingInterval":…,"pingTimeout":…}`.
fn patience(opened: &str) -> Duration {
    let opened: Value = serde_json::from_str(opened.trim_start_matches('0')).unwrap_or_default();
    let milliseconds = |field: &str, default| opened[field].as_u64().unwrap_or(default);
    Duration::from_millis(milliseconds("pingInterval", 25_000) + milliseconds("pingTimeout", 20_000))
}

/// The next text frame but pings, which are answered.
async fn text(stream: &mut Stream) -> Result<String, TargetError> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) if text.as_str() == packet::PING => {
                stream.send(Message::text(packet::PONG)).await.map_err(TargetError::lost)?;
            }
            Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(TargetError::lost(error)),
            None => return Err(TargetError::lost("closed before the namespace was entered")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_by_its_code() {
        let error = refused(r#"{"message":"UNAUTHENTICATED: a token is needed"}"#);
        assert_eq!(error, TargetError::new("UNAUTHENTICATED", "a token is needed"));
        assert_eq!(refused(r#"{"message":"not today"}"#).code, "connection_refused");
    }

    #[test]
    fn a_host_may_come_without_a_port() {
        assert!(has_port("localhost:3000") && has_port("[::1]:80"));
        assert!(!has_port("localhost") && !has_port("[::1]"));
    }
}
