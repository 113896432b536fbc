//! A worker's process and the socket to it.

use crate::media::engine::{EngineSettings, StartFailure};
use crate::media::frame::{self, FromWorker, MAX_FRAME_BYTES, ToWorker};
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt as _};
use std::io;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

/// How long a process may take to close everything when it is told to end, and then how long the system may take to
/// end it.
const END_DEADLINE: Duration = Duration::from_secs(2);

pub(super) type Incoming = FramedRead<OwnedReadHalf, LengthDelimitedCodec>;
pub(super) type Outgoing = FramedWrite<OwnedWriteHalf, LengthDelimitedCodec>;

/// The socket in both directions.
pub(super) fn frames(socket: UnixStream) -> (Incoming, Outgoing) {
    let (read, write) = socket.into_split();
    (FramedRead::new(read, frame::codec()), FramedWrite::new(write, frame::codec()))
}

/// The next frame; none if the other end is closed, also one that closed without reading all that was sent to it.
pub(super) async fn receive(incoming: &mut Incoming) -> io::Result<Option<BytesMut>> {
    match incoming.next().await.transpose() {
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(None),
        received => received,
    }
}

/// Takes a frame to be sent with the next [`flush`], or before it when there are many.
pub(super) async fn feed(outgoing: &mut Outgoing, frame: Bytes) -> io::Result<()> {
    outgoing.feed(frame).await
}

/// Sends what was fed.
pub(super) async fn flush(outgoing: &mut Outgoing) -> io::Result<()> {
    SinkExt::<Bytes>::flush(outgoing).await
}

pub(super) struct Link {
    pub incoming: Incoming,
    pub outgoing: Outgoing,
    pub process: Process,
}

pub(super) struct Process(Child);

impl Link {
    pub fn new(child: Child, socket: UnixStream) -> Self {
        let (incoming, outgoing) = frames(socket);
        Self { incoming, outgoing, process: Process(child) }
    }

    /// Says what to start with, and waits until it listens.
    pub async fn greet(&mut self, settings: &EngineSettings) -> Result<(), StartFailure> {
        let other = |reason: String| StartFailure::Other(reason);
        let start = ToWorker::Start { version: frame::VERSION.to_owned(), settings: settings.clone() };
        let start = frame::encode(&start, MAX_FRAME_BYTES).map_err(|error| other(error.to_string()))?;
        // A process that is gone already shows by its silence, below.
        let _ = self.outgoing.send(start).await;
        match receive(&mut self.incoming).await {
            Ok(Some(bytes)) => match frame::decode(&bytes) {
                Ok(FromWorker::Ready) => Ok(()),
                Ok(FromWorker::Failed(failure)) => Err(failure),
                Ok(frame) => Err(other(format!("it began with {frame:?}"))),
                Err(error) => Err(other(error.to_string())),
            },
            Err(error) => Err(other(error.to_string())),
            Ok(None) => Err(other(format!("it ended at once ({})", self.process.ended().await))),
        }
    }

    /// Ends it at once.
    pub async fn kill(self) {
        self.process.kill().await;
    }
}

impl Process {
    /// Lets it end by itself now that nobody writes to it any more, for a while.
    pub async fn end(mut self, mut incoming: Incoming) {
        let end = async {
            // It may have something left to say, and would wait for somebody to read it.
            while let Ok(Some(_)) = receive(&mut incoming).await {}
            self.ended().await
        };
        if tokio::time::timeout(END_DEADLINE, end).await.is_err() {
            self.kill().await;
        }
    }

    /// Ends it at once: a stopped one, too. In words how it ended.
    pub async fn kill(mut self) -> String {
        // An error means that it has ended already.
        let _ = self.0.start_kill();
        self.ended().await
    }

    /// Waits for its end, so that it leaves no zombie.
    async fn ended(&mut self) -> String {
        match tokio::time::timeout(END_DEADLINE, self.0.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not end".to_owned(),
        }
    }
}
