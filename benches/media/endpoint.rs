//! An endpoint that connects to a WebRTC transport and reads nothing after that.

use mediasoup::prelude::{DtlsParameters, WebRtcTransport, WebRtcTransportRemoteParameters};
use mediasoup_types::data_structures::DtlsState;
use serde_json::json;
use std::time::{Duration, Instant};
use str0m::config::Fingerprint;
use str0m::ice::IceCreds;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};
use tokio::net::UdpSocket;

const DEADLINE: Duration = Duration::from_secs(20);

/// Goes through ICE and DTLS; the socket stays open, unread.
pub async fn connect(transport: &WebRtcTransport) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let mut rtc = RtcConfig::new().set_rtp_mode(true).build(Instant::now());
    let local = socket.local_addr().expect("it is bound");
    rtc.add_local_candidate(Candidate::host(local, "udp").expect("a candidate"));
    let (ice, dtls) = (transport.ice_parameters().clone(), json!(transport.dtls_parameters()));
    let candidate = &transport.ice_candidates()[0];
    let remote = format!("{}:{}", candidate.address, candidate.port).parse().expect("an address");
    rtc.add_remote_candidate(Candidate::host(remote, "udp").expect("a candidate"));
    let mut direct = rtc.direct_api();
    direct.set_ice_controlling(true);
    direct.set_remote_ice_credentials(IceCreds { ufrag: ice.username_fragment, pass: ice.password });
    direct.set_remote_fingerprint(sha256(&dtls));
    let ours = direct.local_dtls_fingerprint();
    let bytes: Vec<_> = ours.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let parameters = json!({
        "role": "client", "fingerprints": [{ "algorithm": ours.hash_func, "value": bytes.join(":") }],
    });
    direct.start_dtls(true).expect("DTLS starts");
    let dtls_parameters: DtlsParameters = serde_json::from_value(parameters).expect("DTLS parameters");
    let remote_parameters = WebRtcTransportRemoteParameters { dtls_parameters };
    transport.connect(remote_parameters).await.expect("the worker takes them");
    let connected = drive(&mut rtc, &socket, transport);
    tokio::time::timeout(DEADLINE, connected).await.expect("it connects in time");
    socket
}

async fn drive(rtc: &mut Rtc, socket: &UdpSocket, transport: &WebRtcTransport) {
    let local = socket.local_addr().expect("it is bound");
    let mut buffer = vec![0; 2000];
    while transport.dtls_state() != DtlsState::Connected || !rtc.is_connected() {
        let wake = loop {
            match rtc.poll_output().expect("the handshake goes on") {
                Output::Timeout(at) => break at,
                Output::Transmit(transmit) => {
                    socket.send_to(&transmit.contents, transmit.destination).await.expect("loopback takes it");
                }
                Output::Event(_) => {}
            }
        };
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                let (length, source) = received.expect("the socket works");
                let contents = buffer[..length].try_into().expect("STUN or DTLS");
                let receive = Receive { proto: Protocol::Udp, source, destination: local, contents };
                rtc.handle_input(Input::Receive(Instant::now(), receive)).expect("it is understood");
            }
            () = tokio::time::sleep_until(wake.into()) => {}
        }
        rtc.handle_input(Input::Timeout(Instant::now())).expect("time passes");
    }
}

fn sha256(dtls: &serde_json::Value) -> Fingerprint {
    let mut all = dtls["fingerprints"].as_array().into_iter().flatten();
    let of_sha256 = all.find(|fingerprint| fingerprint["algorithm"] == "sha-256").expect("a sha-256 fingerprint");
    format!("sha-256 {}", of_sha256["value"].as_str().expect("text")).parse().expect("a fingerprint")
}
