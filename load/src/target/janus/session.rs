//! A session at Janus over a WebSocket of its own: requests, their answers, and what comes without being asked for.

use crate::socketio::{DEADLINE, Waiting};
use crate::target::TargetError;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Janus ends a session that is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// Packets that may wait to be sent.
const MAX_OUTGOING: usize = 64;
/// Events that may wait for a participant: some of each publisher of a large room.
const MAX_EVENTS: usize = 4096;

/// What Janus says without being asked.
#[derive(Debug)]
pub struct Event {
    /// The handle that it concerns.
    pub handle: u64,
    /// The plugin's word.
    pub data: Value,
    /// An offer that comes with it.
    pub offer: Option<String>,
}

/// What a plugin answered.
#[derive(Debug)]
pub struct Answer {
    /// The plugin's word.
    pub data: Value,
    /// The offer or answer of SDP that came with it.
    pub sdp: Option<String>,
}

/// The sending side. Dropping it ends the connection without a word.
pub struct Session {
    /// This machine's address on the way to the server.
    pub local: IpAddr,
    id: u64,
    outgoing: mpsc::Sender<Value>,
    waiting: Arc<Waiting>,
    carrier: JoinHandle<()>,
}

impl Session {
    /// Connects to `ws://host:port` and makes a session.
    ///
    /// # Errors
    /// When there is no Janus in time, or it refuses.
    pub async fn open(url: &str) -> Result<(Self, mpsc::Receiver<Event>), TargetError> {
        let (stream, local) = timeout(DEADLINE, connect(url)).await.map_err(|_| TargetError::late("connecting"))??;
        let (outgoing, to_send) = mpsc::channel(MAX_OUTGOING);
        let (events, received) = mpsc::channel(MAX_EVENTS);
        let waiting = Arc::new(Waiting::default());
        let carrier = Carrier { stream, to_send, events, waiting: Arc::clone(&waiting), session: 0 };
        let carrier = tokio::spawn(carrier.run());
        let mut session = Self { local, id: 0, outgoing, waiting, carrier };
        let created = session.ask(json!({ "janus": "create" })).await?;
        session.id = created["data"]["id"].as_u64().unwrap_or_default();
        Ok((session, received))
    }

    /// A handle at the plugin for rooms of video.
    ///
    /// # Errors
    /// As [`Self::message`].
    pub async fn attach(&self) -> Result<u64, TargetError> {
        let wish = json!({ "janus": "attach", "session_id": self.id, "plugin": "janus.plugin.videoroom" });
        Ok(self.ask(wish).await?["data"]["id"].as_u64().unwrap_or_default())
    }

    /// Asks the plugin something, with an offer or an answer of SDP where there is one.
    ///
    /// # Errors
    /// When it refuses, does not answer in time, or the connection ends.
    pub async fn message(&self, handle: u64, body: Value, sdp: Option<(&str, &str)>) -> Result<Answer, TargetError> {
        let mut wish = json!({ "janus": "message", "session_id": self.id, "handle_id": handle, "body": body });
        if let Some((kind, sdp)) = sdp {
            wish["jsep"] = json!({ "type": kind, "sdp": sdp });
        }
        let mut answer = self.ask(wish).await?;
        let data = answer["plugindata"]["data"].take();
        if let Some(code) = data["error_code"].as_u64() {
            return Err(refused(code, &data["error"]));
        }
        Ok(Answer { data, sdp: sdp_of(&answer) })
    }

    async fn ask(&self, mut wish: Value) -> Result<Value, TargetError> {
        let expected = self.waiting.expect();
        wish["transaction"] = json!(expected.id.to_string());
        let asking = async {
            self.outgoing.send(wish).await.map_err(|_| self.waiting.why())?;
            expected.wait().await
        };
        let answer = timeout(DEADLINE, asking).await.map_err(|_| TargetError::late("a request to Janus"))??;
        if answer["janus"] == "error" {
            return Err(refused(answer["error"]["code"].as_u64().unwrap_or_default(), &answer["error"]["reason"]));
        }
        Ok(answer)
    }

    /// Why the connection has ended, if it has.
    pub fn why_ended(&self) -> TargetError {
        self.waiting.why()
    }

    /// Ends the session with all its handles, and waits for it.
    ///
    /// # Errors
    /// When the server does not agree in time.
    pub async fn close(&mut self) -> Result<(), TargetError> {
        let ended = self.ask(json!({ "janus": "destroy", "session_id": self.id })).await;
        self.carrier.abort();
        ended.map(drop)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

type Stream = WebSocketStream<TcpStream>;

async fn connect(url: &str) -> Result<(Stream, IpAddr), TargetError> {
    let unreachable = |error: std::io::Error| TargetError::new("unreachable", format!("{url}: {error}"));
    let host = url.trim_end_matches('/').strip_prefix("ws://");
    let host =
        host.ok_or_else(|| TargetError::new("invalid_url", format!("{url}: Janus is loaded at ws://host:port")))?;
    let tcp = TcpStream::connect(host).await.map_err(unreachable)?;
    tcp.set_nodelay(true).map_err(unreachable)?;
    let local = tcp.local_addr().map_err(unreachable)?.ip();
    let refused = |error| TargetError::new("handshake_refused", error);
    let mut request = url.into_client_request().map_err(refused)?;
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("janus-protocol"));
    let (stream, _) = tokio_tungstenite::client_async(request, tcp).await.map_err(refused)?;
    Ok((stream, local))
}

fn refused(code: u64, why: &Value) -> TargetError {
    TargetError::new(format!("janus_{code}"), why.as_str().unwrap_or("refused without a word"))
}

fn sdp_of(message: &Value) -> Option<String> {
    message["jsep"]["sdp"].as_str().map(str::to_owned)
}

/// The task of a connection.
struct Carrier {
    stream: Stream,
    to_send: mpsc::Receiver<Value>,
    events: mpsc::Sender<Event>,
    waiting: Arc<Waiting>,
    /// The session's number, once there is one.
    session: u64,
}

impl Carrier {
    async fn run(mut self) {
        let why = self.carry().await;
        self.waiting.end(why);
    }

    async fn carry(&mut self) -> TargetError {
        let mut keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let packet = tokio::select! {
                frame = self.stream.next() => {
                    match frame {
                        Some(Ok(Message::Text(text))) => {
                            if let Err(why) = self.take_in(&text) {
                                return why;
                            }
                        }
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return TargetError::lost(error),
                        None => return TargetError::lost("closed by the server"),
                    }
                    continue;
                }
                packet = self.to_send.recv() => match packet {
                    Some(packet) => packet,
                    None => return TargetError::lost("closed"),
                },
                _ = keep_alive.tick() => {
                    if self.session == 0 {
                        continue;
                    }
                    json!({ "janus": "keepalive", "session_id": self.session, "transaction": "alive" })
                }
            };
            match timeout(DEADLINE, self.stream.send(Message::text(packet.to_string()))).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return TargetError::lost(error),
                Err(_) => return TargetError::lost("the server reads nothing"),
            }
        }
    }

    fn take_in(&mut self, text: &str) -> Result<(), TargetError> {
        let mut message: Value = serde_json::from_str(text).map_err(|error| TargetError::new("unreadable", error))?;
        let transaction = message["transaction"].as_str().and_then(|id| id.parse().ok());
        match (message["janus"].as_str().unwrap_or_default(), transaction) {
            // What takes longer is answered with an event; this only says that it was heard.
            ("ack", _) => {}
            (_, Some(id)) => {
                if self.session == 0 {
                    self.session = message["data"]["id"].as_u64().unwrap_or_default();
                }
                self.waiting.answer(id, message);
            }
            ("event", None) => {
                let handle = message["sender"].as_u64().unwrap_or_default();
                let offer = sdp_of(&message);
                let event = Event { handle, data: message["plugindata"]["data"].take(), offer };
                if self.events.try_send(event).is_err() {
                    return Err(TargetError::new("too_slow", "events come faster than they are acted upon"));
                }
            }
            ("timeout", None) => return Err(TargetError::lost("the session was silent for too long")),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

    /// Agrees to the protocol that is asked for.
    #[expect(clippy::result_large_err, reason = "the library's own type")]
    fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        let headers = response.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static("janus-protocol"));
        Ok(response)
    }

    /// A Janus of a few words, for one connection: to each request that comes, the next of these answers.
    async fn janus(answers: Vec<Vec<Value>>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("ws://{}", listener.local_addr().expect("is bound"));
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.expect("a client");
            let mut stream = tokio_tungstenite::accept_hdr_async(tcp, agree).await.expect("upgrades");
            for answers in answers {
                let asked = stream.next().await.expect("a request").expect("is read");
                let asked: Value = serde_json::from_str(asked.to_text().expect("is text")).expect("is JSON");
                for mut answer in answers {
                    if answer["transaction"] == true {
                        answer["transaction"] = asked["transaction"].clone();
                    }
                    stream.send(Message::text(answer.to_string())).await.expect("is sent");
                }
            }
            // Open until the client goes.
            while stream.next().await.is_some_and(|frame| frame.is_ok()) {}
        });
        url
    }

    #[tokio::test]
    async fn an_answer_that_takes_longer_is_told_from_a_receipt_and_from_news() {
        let created = json!({ "janus": "success", "transaction": true, "data": { "id": 7 } });
        let receipt = json!({ "janus": "ack", "transaction": true });
        let news = json!({ "janus": "event", "sender": 9, "plugindata": { "data": { "leaving": 3 } } });
        let joined = json!({
            "janus": "event", "transaction": true, "plugindata": { "data": { "videoroom": "attached" } },
            "jsep": { "type": "offer", "sdp": "v=0" },
        });
        let exists = json!({ "error_code": 427, "error": "Room already exists" });
        let exists = json!({ "janus": "success", "transaction": true, "plugindata": { "data": exists } });
        let url = janus(vec![vec![created], vec![receipt, news, joined], vec![exists]]).await;

        let (session, mut events) = Session::open(&url).await.expect("opens");
        let answer = session.message(9, json!({ "request": "join" }), None).await.expect("is let in");
        assert_eq!((answer.data["videoroom"].as_str(), answer.sdp.as_deref()), (Some("attached"), Some("v=0")));
        let event = events.recv().await.expect("came before");
        assert_eq!((event.handle, event.data["leaving"].as_u64(), event.offer), (9, Some(3), None));
        let refused = session.message(9, json!({ "request": "create" }), None).await.expect_err("is there already");
        assert_eq!(refused, TargetError::new("janus_427", "Room already exists"));
    }
}
