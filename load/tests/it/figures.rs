//! What a network does is what is reported.

use crate::support::place::{Network, Place};
use crate::support::server::Server;
use crate::support::slow::Proxy;
use crate::support::tool::{ended, load, start_load};
use std::time::Duration;

/// Eight who all hear each other, a hundred packets a second each: 5600 in a second.
const MUCH_SOUND: [&str; 10] = [
    "--set",
    "publishers=8",
    "--set",
    "publish.audio.frame_ms=10",
    "--set",
    "joins_per_second=20",
    "--set",
    "publish.audio.speakers=8",
    "--set",
    "limits.max_loss=1.0",
];

#[tokio::test]
async fn five_percent_of_loss_are_five_percent() {
    let Some(network) = Network::make() else { return };
    let place = Place::There(network);
    let server = Server::start_with(&place, &[]).await;
    let Place::There(network) = &place else { unreachable!("as made") };
    network.lose(server.media_port(), 5);
    // A machine that stands still for some tenths of a second loses more than was asked for, and rightly reports it.
    let mut attempts = 5;
    let report = loop {
        let before = network.overflowed();
        let running = start_load(&place, &server, "audio-room", &[&MUCH_SOUND[..], &["--duration", "12s"]].concat());
        let report = ended(running).await.report();
        let overflowed = network.overflowed() - before;
        if overflowed == 0 {
            break report;
        }
        attempts -= 1;
        assert!(attempts > 0, "the machine has no time: {overflowed} datagrams found a buffer full");
    };
    // Of 60,000 half a percent is five standard deviations; a machine with much else to do comes to half as many.
    assert!(report.steady.packets_expected > 20_000, "{}", report.steady.packets_expected);
    let (reported, counted) = (report.steady.loss() * 100.0, network.lost() * 100.0);
    assert!((reported - 5.0).abs() <= 0.5, "reported {reported} %, lost {counted} %");
    assert!((reported - counted).abs() <= 0.5, "reported {reported} %, lost {counted} %");
}

#[tokio::test]
async fn a_delay_is_that_delay() {
    const DELAY: Duration = Duration::from_millis(100);
    // For what takes time besides, on a machine with other things to do.
    const SLACK: Duration = Duration::from_millis(40);
    let server = Server::start().await;
    let proxy = Proxy::open(server.media_port(), DELAY).await;
    let through = ["--media-address", &proxy.address.to_string(), "--set", "rooms=1", "--set", "publishers=3"];
    let one_layer = ["--set", "publish.video.bitrates=[300000]", "--duration", "4s"];
    let report = load(&server, "meeting", &[&through[..], &one_layer[..]].concat()).await.report();
    let median = Duration::from_micros(report.steady.latency.quantile(0.5).expect("something came"));
    assert!((DELAY..=DELAY + SLACK).contains(&median), "{median:?}");
    server.until_empty().await;
}
