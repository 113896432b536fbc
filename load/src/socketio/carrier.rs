//! Carries packets both ways until the connection ends.

use super::handshake::Stream;
use super::packet::{self, Packet};
use super::waiting::Waiting;
use crate::target::TargetError;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

/// The task of a connection.
pub struct Carrier {
    pub stream: Stream,
    /// How long the server may be silent; it pings in between.
    pub patience: Duration,
    pub to_send: mpsc::Receiver<String>,
    pub events: mpsc::Sender<(String, Value)>,
    pub wanted: &'static [&'static str],
    pub waiting: Arc<Waiting>,
}

impl Carrier {
    /// Until either side closes, or the server is silent for too long.
    pub async fn run(mut self) {
        let why = self.carry().await;
        self.waiting.end(why);
        // A goodbye that cannot be said any more need not be.
        let _ = timeout(super::CLOSE_DEADLINE, self.stream.close(None)).await;
    }

    async fn carry(&mut self) -> TargetError {
        let mut deadline = Instant::now() + self.patience;
        loop {
            tokio::select! {
                frame = self.stream.next() => {
                    deadline = Instant::now() + self.patience;
                    let taken_in = match frame {
                        Some(Ok(Message::Text(text))) => self.take_in(&text).await,
                        Some(Ok(_)) => Ok(()),
                        Some(Err(error)) => Err(TargetError::lost(error)),
                        None => Err(TargetError::lost("closed by the server")),
                    };
                    if let Err(why) = taken_in {
                        return why;
                    }
                }
                packet = self.to_send.recv() => {
                    let Some(packet) = packet else { return TargetError::lost("closed") };
                    let last = packet == packet::LEAVE;
                    match timeout(self.patience, self.stream.send(Message::text(packet))).await {
                        Ok(Ok(())) if last => return TargetError::lost("closed"),
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => return TargetError::lost(error),
                        Err(_) => return TargetError::lost("the server reads nothing"),
                    }
                }
                () = sleep_until(deadline) => return TargetError::lost("the server is silent"),
            }
        }
    }

    async fn take_in(&mut self, text: &str) -> Result<(), TargetError> {
        match packet::read(text) {
            Packet::Ping => self.stream.send(Message::text(packet::PONG)).await.map_err(TargetError::lost)?,
            Packet::Acknowledgement(id, arguments) => {
                let answer = packet::first(arguments).ok_or_else(|| unreadable(text))?;
                self.waiting.answer(id, answer);
            }
            Packet::Event(arguments) => {
                if let Some(name) = packet::name(arguments).filter(|name| self.wanted.contains(name)) {
                    let payload = packet::payload(arguments).ok_or_else(|| unreadable(text))?;
                    let kept = self.events.try_send((name.to_owned(), payload));
                    if kept.is_err_and(|error| matches!(error, mpsc::error::TrySendError::Full(_))) {
                        return Err(TargetError::new("too_slow", "events come faster than they are acted upon"));
                    }
                }
            }
            Packet::End => return Err(TargetError::lost("ended by the server")),
            Packet::Other => {}
        }
        Ok(())
    }
}

fn unreadable(text: &str) -> TargetError {
    TargetError::new("unreadable", format!("neither an event nor an answer: {text}"))
}
