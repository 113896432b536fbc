//! Ctrl-C.

use crate::support::place::Place;
use crate::support::server::Server;
use crate::support::tool::{ended, signal, start_load};

#[tokio::test]
async fn everybody_leaves_and_there_is_a_report() {
    let server = Server::start().await;
    for processes in ["1", "2"] {
        let endless = ["--duration", "1h", "--processes", processes];
        let running = start_load(&Place::Here, &server, "churn", &endless);
        server.until("peers", 12).await;
        signal("INT", running.id().expect("runs"));
        let outcome = ended(running).await;
        // Media that is on its way while a participant leaves may be refused; nothing else is wrong.
        let report = outcome.report();
        assert_eq!((outcome.code, report.total.joined), (0, report.total.left), "{:?}", report.total.errors);
        server.until_empty().await;
    }
}

#[tokio::test]
async fn the_second_time_ends_it_at_once() {
    let server = Server::start().await;
    let running = start_load(&Place::Here, &server, "signaling", &["--set", "rooms=1", "--duration", "1h"]);
    server.until("peers", 10).await;
    // Nobody can leave a server that does not listen.
    signal("STOP", server.pid());
    let pid = running.id().expect("runs");
    signal("INT", pid);
    signal("TERM", pid);
    let outcome = ended(running).await;
    assert_eq!(outcome.code, 130, "{outcome:?}");
}
