//! Frames survive their way, and whatever else arrives is refused without harm.

use super::*;
use crate::ids::{ConsumerId, DataProducerId, ProducerId, TransportId};
use crate::media::protocol::{
    AudioLevel, ConsumerLayers, MediaKind, MediaObject, MediaObjectKind, ProducerScore, RtpParameters, Samples,
    SctpStreamParameters, StreamSample, Subjects, TransportSample,
};
use crate::media::{Codec, MediaLogLevel, OpusSettings, SpeakerSettings, TransportSettings};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::num::NonZeroU16;
use uuid::Uuid;

fn id<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> + Clone {
    any::<u128>().prop_map(|bits| T::from(Uuid::from_u128(bits)))
}

fn object() -> impl Strategy<Value = MediaObject> {
    prop_oneof![
        id().prop_map(MediaObject::Router),
        id().prop_map(MediaObject::Transport),
        id().prop_map(MediaObject::Producer),
        id().prop_map(MediaObject::Consumer),
        id().prop_map(MediaObject::DataProducer),
        id().prop_map(MediaObject::DataConsumer),
    ]
}

/// What browsers send, with values of every kind that mediasoup's types know.
fn rtp_parameters() -> impl Strategy<Value = Box<RtpParameters>> {
    let parameter = prop_oneof![any::<u32>().prop_map(Value::from), ".{0,9}".prop_map(Value::from)];
    let encoding = (any::<u32>(), any::<Option<u32>>(), proptest::option::of("[a-z]{1,9}"), any::<bool>());
    (parameter, encoding, ".{0,20}", proptest::option::of(".{0,20}")).prop_map(
        |(parameter, (ssrc, rtx, rid, dtx), cname, mid)| {
            let value = json!({
                "mid": mid,
                "codecs": [{
                    "mimeType": "video/H264", "payloadType": 97, "clockRate": 90_000,
                    "parameters": { "profile-level-id": "42e01f", "x": parameter },
                    "rtcpFeedback": [{ "type": "nack" }, { "type": "ccm", "parameter": "fir" }],
                }, {
                    "mimeType": "audio/opus", "payloadType": 98, "clockRate": 48_000, "channels": 2,
                    "parameters": {}, "rtcpFeedback": [],
                }],
                "headerExtensions": [
                    { "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 1, "encrypt": false, "parameters": {} },
                ],
                "encodings": [{
                    "ssrc": ssrc, "rid": rid, "rtx": rtx.map(|ssrc| json!({ "ssrc": ssrc })), "dtx": dtx,
                    "scalabilityMode": "L3T3_KEY", "maxBitrate": 100_000,
                }],
                "rtcp": { "cname": cname, "reducedSize": true },
            });
            serde_json::from_value(value).expect("rtpParameters")
        },
    )
}

fn stream() -> impl Strategy<Value = SctpStreamParameters> {
    let stream = (any::<u16>(), any::<bool>(), any::<Option<u16>>(), any::<Option<u16>>());
    stream.prop_map(|(stream_id, ordered, max_packet_life_time, max_retransmits)| SctpStreamParameters {
        stream_id,
        ordered,
        max_packet_life_time,
        max_retransmits,
    })
}

fn ids<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = Vec<T>> {
    proptest::collection::vec(id(), 0..4)
}

fn samples() -> impl Strategy<Value = Samples> {
    let stream =
        (any::<u32>(), any::<u64>(), 0.0..1000.0_f32, 0..=10_u8).prop_map(|(ssrc, packets, jitter_ms, score)| {
            StreamSample { ssrc, packets, expected: packets, lost: packets / 2, jitter_ms, score }
        });
    let transport = (any::<u64>(), proptest::option::of(0.0..1000.0_f32), proptest::option::of(any::<u64>()));
    let transport = transport.prop_map(|(bytes, round_trip_ms, available_bps)| TransportSample {
        bytes_received: bytes,
        media_received: bytes,
        media_sent: 0,
        round_trip_ms,
        available_bps,
    });
    let transports = proptest::collection::vec((id(), transport), 0..3);
    let consumers = proptest::collection::vec((id(), stream.clone()), 0..3);
    (transports, proptest::collection::vec((id(), stream), 0..3), consumers)
        .prop_map(|(transports, producers, consumers)| Samples { transports, producers, consumers })
}

fn request() -> impl Strategy<Value = MediaRequest> {
    let kind = prop_oneof![Just(MediaKind::Audio), Just(MediaKind::Video)];
    let address = (any::<std::net::IpAddr>(), any::<u16>()).prop_map(std::net::SocketAddr::from);
    let value = ["AB"; 32].join(":");
    let fingerprint = json!({ "role": "client", "fingerprints": [{ "algorithm": "sha-256", "value": value }] });
    prop_oneof![
        id().prop_map(|router| MediaRequest::CreateRouter { router }),
        id().prop_map(|router| MediaRequest::CreatePipeTransport { router }),
        id().prop_map(MediaRequest::RestartIce),
        id().prop_map(MediaRequest::PauseProducer),
        id().prop_map(MediaRequest::RequestKeyFrame),
        (id(), any::<u8>(), any::<Option<u8>>()).prop_map(|(consumer, spatial_layer, temporal_layer)| {
            let layers = ConsumerLayers { spatial_layer, temporal_layer };
            MediaRequest::SetPreferredLayers { consumer, layers }
        }),
        (id(), any::<u128>(), stream(), ".{0,20}").prop_map(|(transport, bits, sctp_stream_parameters, label)| {
            let producer = Some(Uuid::from_u128(bits).into());
            MediaRequest::ProduceData { transport, producer, sctp_stream_parameters, label, protocol: String::new() }
        }),
        (id(), id()).prop_map(|(transport, producer)| MediaRequest::ConsumeData { transport, producer }),
        object().prop_map(MediaRequest::Close),
        object().prop_map(MediaRequest::Stats),
        (ids(), ids(), ids()).prop_map(|(transports, producers, consumers)| {
            MediaRequest::Sample(Box::new(Subjects { transports, producers, consumers }))
        }),
        id().prop_map(move |transport| MediaRequest::ConnectTransport {
            transport,
            dtls_parameters: serde_json::from_value(fingerprint.clone()).expect("dtlsParameters"),
        }),
        (id(), address).prop_map(|(transport, remote)| MediaRequest::ConnectPipeTransport { transport, remote }),
        (id(), id(), kind, rtp_parameters(), any::<bool>()).prop_map(
            |(transport, producer, kind, rtp_parameters, paused)| MediaRequest::PipeProduce {
                transport,
                producer,
                kind,
                rtp_parameters,
                paused,
            },
        ),
        (id(), id()).prop_map(|(transport, producer)| {
            let rtp_capabilities = json!({
                "codecs": [{
                    "kind": "video", "mimeType": "video/VP8", "clockRate": 90_000, "parameters": {},
                    "preferredPayloadType": 100, "rtcpFeedback": [{ "type": "nack", "parameter": "pli" }],
                }],
                "headerExtensions": [{
                    "kind": "audio", "uri": "urn:ietf:params:rtp-hdrext:ssrc-audio-level", "preferredId": 10,
                    "preferredEncrypt": false, "direction": "sendrecv",
                }],
            });
            let rtp_capabilities = serde_json::from_value(rtp_capabilities).expect("rtpCapabilities");
            MediaRequest::Consume { transport, producer, rtp_capabilities }
        }),
    ]
}

fn to_worker() -> impl Strategy<Value = ToWorker> {
    let settings = (any::<std::net::IpAddr>(), proptest::option::of(".{0,20}"), any::<u16>()).prop_map(
        |(listen_ip, announced_address, port)| EngineSettings {
            log_level: MediaLogLevel::Warn,
            listen_ip,
            announced_address,
            port,
            codecs: vec![Codec::Opus(OpusSettings { dtx: true, fec: false, stereo: true }), Codec::H264High],
            speakers: Some(SpeakerSettings { interval_ms: 800, threshold_dbov: -60, max_levels: NonZeroU16::MIN }),
            transport: TransportSettings {
                max_outgoing_bitrate_bps: 0,
                enable_udp: true,
                enable_tcp: false,
                prefer_udp: true,
                initial_outgoing_bitrate_bps: u32::MAX,
                max_incoming_bitrate_bps: 0,
                ice_consent_timeout_s: 30,
                max_data_message_bytes: Some(1),
            },
        },
    );
    prop_oneof![
        (".{0,20}", settings).prop_map(|(version, settings)| ToWorker::Start { version, settings }),
        (any::<u64>(), request()).prop_map(|(id, request)| ToWorker::Request { id, request }),
        any::<u64>().prop_map(ToWorker::Ping),
    ]
}

fn event() -> impl Strategy<Value = MediaEvent> {
    let score = (any::<u32>(), any::<u32>(), proptest::option::of("[a-z]{1,9}"), 0..=10_u8);
    let score = score.prop_map(|(encoding_idx, ssrc, rid, score)| ProducerScore { encoding_idx, ssrc, rid, score });
    let layers = proptest::option::of((any::<u8>(), any::<Option<u8>>()));
    let layers = layers.prop_map(|layers| {
        layers.map(|(spatial_layer, temporal_layer)| ConsumerLayers { spatial_layer, temporal_layer })
    });
    let level = (id(), any::<i8>()).prop_map(|(producer, dbov)| AudioLevel { producer, dbov });
    prop_oneof![
        id::<ConsumerId>().prop_map(MediaEvent::ConsumerClosed),
        id::<DataProducerId>().prop_map(MediaEvent::DataProducerClosed),
        (id::<TransportId>(), any::<bool>())
            .prop_map(|(transport, connected)| MediaEvent::IceConnected { transport, connected }),
        (id::<ProducerId>(), proptest::collection::vec(score, 0..4))
            .prop_map(|(producer, score)| MediaEvent::ProducerScore { producer, score }),
        (id::<ConsumerId>(), layers).prop_map(|(consumer, layers)| MediaEvent::ConsumerLayers { consumer, layers }),
        (id(), id()).prop_map(|(router, producer)| MediaEvent::ActiveSpeaker { router, producer }),
        (id(), proptest::collection::vec(level, 0..4))
            .prop_map(|(router, levels)| MediaEvent::AudioLevels { router, levels }),
    ]
}

fn from_worker() -> impl Strategy<Value = FromWorker> {
    let reply = prop_oneof![
        Just(Ok(MediaReply::Done)),
        id().prop_map(|producer| Ok(MediaReply::Producer { producer })),
        ".{0,40}".prop_map(|json| Ok(MediaReply::Stats { json })),
        samples().prop_map(|samples| Ok(MediaReply::Samples(Box::new(samples)))),
        (id(), stream(), ".{0,20}").prop_map(|(consumer, sctp_stream_parameters, protocol)| {
            let label = String::new();
            Ok(MediaReply::DataConsumer { consumer, sctp_stream_parameters, label, protocol })
        }),
        (id(), rtp_parameters(), any::<bool>()).prop_map(|(consumer, rtp_parameters, producer_paused)| {
            Ok(MediaReply::PipeConsumer { consumer, kind: MediaKind::Video, rtp_parameters, producer_paused })
        }),
        ".{0,40}".prop_map(|words| Err(MediaError::Failed(words))),
        Just(Err(MediaError::NotFound(MediaObjectKind::Producer))),
    ];
    let load = (any::<u32>(), any::<u32>()).prop_map(|(routers, consumers)| {
        FromWorker::Load(WorkerLoad { routers, transports: 0, producers: u32::MAX, consumers, ..WorkerLoad::default() })
    });
    let taken = (any::<u16>(), any::<std::net::IpAddr>(), ".{0,20}").prop_map(|(port, ip, reason)| {
        FromWorker::Failed(StartFailure::Port { port, protocol: "udp".to_owned(), ip, reason })
    });
    prop_oneof![
        Just(FromWorker::Ready),
        taken,
        (any::<u64>(), reply).prop_map(|(id, result)| FromWorker::Reply { id, result }),
        (id(), event()).prop_map(|(router, event)| FromWorker::Event { router, event }),
        load,
        any::<u64>().prop_map(FromWorker::Pong),
        any::<u64>().prop_map(FromWorker::LinesLeftOut),
    ]
}

fn survives<T: Serialize + DeserializeOwned>(frame: &T) -> Result<Bytes, TestCaseError> {
    let bytes = encode(frame, MAX_REQUEST_BYTES).expect("short enough");
    let again: T = decode(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let [before, after] = [frame, &again].map(|frame| serde_json::to_value(frame).expect("plain data"));
    prop_assert_eq!(before, after);
    Ok(bytes)
}

/// Reads it as either direction's; that it returns is all that counts.
fn read(bytes: &[u8]) {
    drop((decode::<ToWorker>(bytes), decode::<FromWorker>(bytes)));
}

proptest! {
    #[test]
    fn what_is_sent_arrives(out in to_worker(), back in from_worker()) {
        survives(&out)?;
        survives(&back)?;
    }

    #[test]
    fn any_bytes_are_a_frame_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
    }

    #[test]
    fn a_damaged_frame_is_another_or_an_error(frame in to_worker(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = survives(&frame)?.to_vec();
        let at = at.index(bytes.len());
        read(&bytes[..at]);
        bytes[at] = byte;
        read(&bytes);
    }
}

#[test]
fn a_frame_has_a_greatest_length() {
    let frame = ToWorker::Ping(7);
    let bytes = encode(&frame, 100).expect("short").len();
    assert!(encode(&frame, bytes).is_ok());
    let error = encode(&frame, bytes - 1).expect_err("too long");
    assert_eq!(error.to_string(), format!("a frame of {bytes} bytes, of which at most {} are allowed", bytes - 1));
}

#[test]
fn what_follows_a_frame_is_refused() {
    let mut bytes = encode(&FromWorker::Ready, 100).expect("short").to_vec();
    assert!(matches!(decode(&bytes), Ok(FromWorker::Ready)));
    bytes.push(0);
    assert!(matches!(decode::<FromWorker>(&bytes), Err(FrameError::Malformed(_))));
}

#[test]
fn nesting_has_an_end() {
    // An array of an array of an array …, where a field is expected that is skipped.
    let deep = [b"\x81\xa5Start".as_slice(), b"\x81\xa1x", &[0x91; 100_000], b"\xc0"].concat();
    assert!(decode::<ToWorker>(&deep).is_err());
}
