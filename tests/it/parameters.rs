//! RTP and DTLS parameters that cannot be: refused with the field's name, and nothing is left behind.

use crate::support::fixtures;
use crate::support::scene::Scene;
use serde_json::{Value, json};

/// Parameters with one place changed.
fn with(mut parameters: Value, place: &str, value: Value) -> Value {
    *parameters.pointer_mut(place).unwrap_or_else(|| panic!("there is a {place}")) = value;
    parameters
}

fn without(mut parameters: Value, place: &str, field: &str) -> Value {
    let object = parameters.pointer_mut(place).and_then(Value::as_object_mut);
    object.and_then(|object| object.remove(field)).unwrap_or_else(|| panic!("there is a {place}/{field}"));
    parameters
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_codec_that_the_room_does_not_carry_is_unsupported() {
    let scene = Scene::set().await;
    // Known to mediasoup but not in the room; then not even known.
    for codec in ["audio/PCMU", "audio/G722", "audio/EVS"] {
        let mut parameters = with(fixtures::audio(), "/codecs/0/mimeType", json!(codec));
        parameters["codecs"][0]["clockRate"] = json!(8000);
        scene.refuses(&scene.anna, "produce", scene.produce("audio", parameters), "UNSUPPORTED").await;
    }
    for codec in ["video/H265", "video/H266", "video/", "nonsense", "audio/opus "] {
        let parameters = with(fixtures::video(), "/codecs/0/mimeType", json!(codec));
        scene.refuses(&scene.anna, "produce", scene.produce("video", parameters), "UNSUPPORTED").await;
    }
    // Opus, but mono, which the room does not have.
    let parameters = with(fixtures::audio(), "/codecs/0/channels", json!(1));
    scene.refuses(&scene.anna, "produce", scene.produce("audio", parameters), "UNSUPPORTED").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_codec_the_configuration_leaves_out_is_unsupported() {
    use colloquy::config::VideoCodec;
    let server = crate::support::TestServer::start_with(|config| config.codecs.video = vec![VideoCodec::Vp8]).await;
    let scene = Scene::set_on(server).await;
    let parameters = with(fixtures::video(), "/codecs/0/mimeType", json!("video/VP9"));
    scene.refuses(&scene.anna, "produce", scene.produce("video", parameters), "UNSUPPORTED").await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_cname_is_none_at_all() {
    let scene = Scene::set().await;
    let parameters = with(fixtures::video(), "/rtcp/cname", json!(""));
    scene.anna.ok("produce", scene.produce("video", parameters)).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtp_parameters_that_contradict_themselves_are_refused() {
    let scene = Scene::set().await;
    let audio = fixtures::audio;
    let extension = |id: u64| json!({ "uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": id, "encrypt": false });
    let encoding = json!({ "ssrc": 4711 });
    let nameless = without(with(audio(), "/encodings", json!([{}])), "", "mid");
    let table = [
        ("video", audio(), "rtpParameters.codecs"),
        ("audio", fixtures::video(), "rtpParameters.codecs"),
        ("audio", with(audio(), "/codecs", json!([])), "rtpParameters.codecs"),
        ("audio", with(audio(), "/codecs", json!(vec![audio()["codecs"][0].clone(); 33])), "rtpParameters.codecs"),
        ("audio", with(audio(), "/encodings", json!([])), "rtpParameters.encodings"),
        ("audio", with(audio(), "/encodings", json!(vec![encoding; 9])), "rtpParameters.encodings"),
        ("audio", nameless, "rtpParameters.encodings"),
        ("audio", with(audio(), "/headerExtensions", json!([extension(0)])), "rtpParameters.headerExtensions"),
        ("audio", with(audio(), "/headerExtensions", json!(vec![extension(1); 15])), "rtpParameters.headerExtensions"),
        ("audio", with(audio(), "/mid", json!("")), "rtpParameters.mid"),
        ("audio", with(audio(), "/mid", json!("m".repeat(17))), "rtpParameters.mid"),
        ("audio", with(audio(), "/encodings", json!([{ "rid": "" }])), "rtpParameters.encodings"),
        ("audio", with(audio(), "/encodings", json!([{ "rid": "r".repeat(17) }])), "rtpParameters.encodings"),
    ];
    for (kind, parameters, field) in table {
        let request = scene.produce(kind, parameters);
        let message = scene.refuses(&scene.anna, "produce", request, "INVALID_REQUEST").await;
        assert!(message.starts_with(field), "{field}: {message}");
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_out_of_range_are_refused_by_their_field() {
    let scene = Scene::set().await;
    let audio = fixtures::audio;
    let table = [
        ("/codecs/0/payloadType", json!(256)),
        ("/codecs/0/payloadType", json!(-1)),
        ("/codecs/0/clockRate", json!(0)),
        ("/codecs/0/clockRate", json!(4_294_967_296_u64)),
        ("/codecs/0/channels", json!(0)),
        ("/codecs/0/channels", json!(256)),
        ("/encodings/0/ssrc", json!(4_294_967_296_u64)),
        ("/encodings/0/ssrc", json!(-1)),
        ("/encodings/0/ssrc", json!(0.5)),
        ("/headerExtensions/0/id", json!(65_536)),
    ];
    for (place, value) in table {
        let request = scene.produce("audio", with(audio(), place, value.clone()));
        let message = scene.refuses(&scene.anna, "produce", request, "INVALID_REQUEST").await;
        assert!(message.starts_with("rtpParameters"), "{place} {value}: {message}");
    }
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_another_producer_has_is_refused() {
    let scene = Scene::set().await;
    let first = fixtures::audio();
    scene.anna.ok("produce", scene.produce("audio", first.clone())).await;
    let same_ssrc = with(fixtures::audio(), "/encodings", first["encodings"].clone());
    let same_mid = with(fixtures::audio(), "/mid", first["mid"].clone());
    for parameters in [same_ssrc, same_mid, first] {
        scene.refuses(&scene.anna, "produce", scene.produce("audio", parameters), "INVALID_REQUEST").await;
    }
    // On another transport the same numbers are another stream.
    scene.ben.produce_audio(&scene.ben_sends).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dtls_parameters_that_cannot_be_are_refused_and_the_right_ones_still_taken() {
    let scene = Scene::set().await;
    let fingerprint = |algorithm: &str, value: &str| json!([{ "algorithm": algorithm, "value": value }]);
    let good = fixtures::text(&fixtures::dtls()["fingerprints"][0], "value");
    let table = [
        json!({}),
        json!({ "role": "client" }),
        json!({ "role": "client", "fingerprints": [] }),
        json!({ "role": "client", "fingerprints": {} }),
        json!({ "role": "boss", "fingerprints": fingerprint("sha-256", &good) }),
        json!({ "role": "client", "fingerprints": fingerprint("md5", &good) }),
        json!({ "role": "client", "fingerprints": fingerprint("sha-256", "") }),
        json!({ "role": "client", "fingerprints": fingerprint("sha-256", "A5:A5") }),
        json!({ "role": "client", "fingerprints": fingerprint("sha-256", &good.replacen(":A", "\u{1bb}", 1)) }),
        json!({ "role": "client", "fingerprints": fingerprint("sha-512", &good) }),
        json!({ "role": "client", "fingerprints": fingerprint("sha-256", &good.replace('A', "G")) }),
        json!({ "role": "client", "fingerprints": vec![fingerprint("sha-256", &good)[0].clone(); 9] }),
    ];
    for parameters in table {
        let request = json!({ "transportId": scene.anna_sends, "dtlsParameters": parameters });
        let message = scene.refuses(&scene.anna, "connectTransport", request, "INVALID_REQUEST").await;
        assert!(message.starts_with("dtlsParameters"), "{parameters}: {message}");
    }
    scene.anna.connect_transport(&scene.anna_sends).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn app_data_has_a_bound() {
    let scene = Scene::set().await;
    let with_app_data = |bytes: usize| {
        let mut request = scene.produce("audio", fixtures::audio());
        request["appData"] = json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) });
        request
    };
    let message = scene.refuses(&scene.anna, "produce", with_app_data(4097), "INVALID_REQUEST").await;
    assert_eq!(message, "appData: larger than 4096 bytes of JSON");
    scene.anna.ok("produce", with_app_data(4096)).await;
    scene.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_and_modes_that_rtp_does_not_have_are_refused() {
    let scene = Scene::set().await;
    let (audio, video) = (fixtures::audio, fixtures::video);
    let simulcast = |encodings: Value| with(video(), "/encodings", encodings);
    let table = [
        ("audio", with(audio(), "/codecs/0/payloadType", json!(128))),
        ("audio", with(audio(), "/codecs/0/payloadType", json!(255))),
        ("audio", with(audio(), "/headerExtensions/0/id", json!(256))),
        ("audio", with(audio(), "/headerExtensions/0/id", json!(65_535))),
        ("audio", with(audio(), "/headerExtensions/1/id", json!(1))),
        ("video", simulcast(json!([{ "rid": "a" }, { "rid": "a" }]))),
        ("video", simulcast(json!([{ "rid": "\u{0}" }, { "rid": "ä" }]))),
        ("video", simulcast(json!([{ "ssrc": 4711 }, { "ssrc": 4711 }]))),
        ("video", simulcast(json!([{ "ssrc": 4712, "rtx": { "ssrc": 4712 } }]))),
        ("video", simulcast(json!([{ "ssrc": 4713, "scalabilityMode": "L99T99" }]))),
        ("video", simulcast(json!([{ "ssrc": 4714, "scalabilityMode": "nonsense" }]))),
        ("video", with(video(), "/codecs/1/payloadType", json!(96))),
        ("video", with(video(), "/codecs/1/parameters", json!({ "apt": 99 }))),
    ];
    for (kind, parameters) in table {
        let request = scene.produce(kind, parameters);
        scene.refuses(&scene.anna, "produce", request, "INVALID_REQUEST").await;
    }
    scene.finish().await;
}
