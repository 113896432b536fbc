//! Transports: the server's end made by requests, the near end a link.

use super::signaling::Signaling;
use crate::measure::{Step, Tally};
use crate::rtc::{Capabilities, Endpoint, Link, Meter, RtcError};
use crate::target::TargetError;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long ICE and DTLS may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);
/// How long saying goodbye may take.
const CLOSE_DEADLINE: Duration = Duration::from_secs(2);

/// What all transports of a participant are made with.
pub struct Equipment {
    /// What goes over them.
    pub capabilities: Capabilities,
    /// Told how late is sent.
    pub meter: Meter,
    /// Where media is sent to, whatever the server says.
    pub media_address: Option<SocketAddr>,
}

/// A transport that carries media one way.
pub struct Transport {
    pub id: String,
    pub link: Link,
}

impl Transport {
    /// Makes one, `"send"` or `"recv"`; ICE and DTLS have begun.
    pub async fn open(
        signaling: &Signaling,
        equipment: &Equipment,
        direction: &str,
        tally: &mut Tally,
    ) -> Result<Self, TargetError> {
        let began = Instant::now();
        let mut answer = signaling.ask("createTransport", &json!({ "direction": direction })).await?;
        tally.step(Step::CreateTransport, began.elapsed());
        if let Some(address) = equipment.media_address {
            redirect(&mut answer, address);
        }
        let id = answer["id"].as_str().unwrap_or_default().to_owned();
        let mut endpoint = Endpoint::new(&equipment.capabilities, &equipment.meter);
        let request = json!({ "transportId": id, "dtlsParameters": endpoint.dtls_parameters() });
        // The server waits for the handshake from then on, and takes what comes of it only then.
        signaling.ask("connectTransport", &request).await?;
        Ok(Self { id, link: endpoint.connect(&answer)? })
    }

    /// Waits until media can flow.
    pub async fn until_connected(&self, tally: &mut Tally) -> Result<(), TargetError> {
        tally.step(Step::IceAndDtls, self.link.until_connected(CONNECT_DEADLINE).await?);
        Ok(())
    }

    /// Says goodbye; what happened since the last look.
    pub async fn close(self) -> Tally {
        let mut tally = self.link.take();
        // One that the server has closed already has nobody to say it to.
        if let Ok(last) = self.link.close(CLOSE_DEADLINE).await {
            tally.add(&last);
        }
        tally
    }
}

/// Media goes there, wherever the server says that it takes it.
fn redirect(transport: &mut Value, address: SocketAddr) {
    for candidate in transport["iceCandidates"].as_array_mut().into_iter().flatten() {
        candidate["address"] = json!(address.ip().to_string());
        candidate["port"] = json!(address.port());
    }
}

impl From<RtcError> for TargetError {
    fn from(error: RtcError) -> Self {
        Self::new(error.code(), error)
    }
}
