//! Whole runs against the real server, by the real program.

use crate::support::server::Server;
use crate::support::tool::{self, Outcome};
use colloquy_load::measure::{Finding, Report, Step};

/// A report without errors, of a run in which everybody came in and left again.
fn in_order(outcome: &Outcome) -> Report {
    let report = outcome.report();
    assert_eq!((outcome.code, &report.total.errors), (0, &<_>::default()), "{:?} {}", report.findings, outcome.said);
    assert_eq!(report.total.joined, report.total.left);
    report
}

#[tokio::test]
async fn a_meeting_has_no_loss_and_leaves_nothing() {
    let server = Server::start().await;
    let few = ["--set", "rooms=1", "--set", "publishers=3", "--set", "publish.video.bitrates=[300000]"];
    let report = in_order(&tool::load(&server, "meeting", &[&few[..], &["--duration", "4s"]].concat()).await);
    server.until_empty().await;
    let steady = &report.steady;
    assert_eq!(report.total.joined, 3);
    assert!(steady.packets_expected > 0 && steady.loss() == 0.0, "{steady:?}");
    // Each hears and sees two others, at 50 packets of sound and 30 frames a second.
    assert!(steady.packets_received > 3 * 2 * 80 * 3, "{}", steady.packets_received);
    assert!(steady.latency.count() > 0 && steady.jitter.count() > 0);
    for step in [Step::Connect, Step::CreateRoom, Step::JoinRoom, Step::CreateTransport, Step::IceAndDtls, Step::Whole]
    {
        assert!(report.total.steps.contains_key(&step), "{step:?}");
    }
    assert_eq!(report.total.steps[&Step::Produce].count(), 6);
    assert_eq!(report.total.steps[&Step::Consume].count(), 12);
    let server_load = report.series.iter().filter_map(|second| second.server.as_ref());
    assert!(server_load.clone().any(|load| load.rss_bytes > 0 && load.cores > 0.0));
    assert!(server_load.flat_map(|load| &load.workers).any(|worker| worker.consumers == 12));
}

#[tokio::test]
async fn participants_come_and_go() {
    let server = Server::start().await;
    let report = in_order(&tool::load(&server, "churn", &["--set", "stay=1", "--duration", "5s"]).await);
    server.until_empty().await;
    assert!(report.total.joined > 24, "twelve come once, and again every second or so: {}", report.total.joined);
}

#[tokio::test]
async fn small_requests_are_answered() {
    let server = Server::start().await;
    let report = in_order(&tool::load(&server, "signaling", &["--set", "rooms=2", "--duration", "3s"]).await);
    server.until_empty().await;
    // Twenty of them, ten times a second, had the machine nothing else to do.
    assert!(report.steady.requests.count() > 100, "{}", report.steady.requests.count());
}

#[tokio::test]
async fn several_processes_share_what_there_is_to_do() {
    let server = Server::start().await;
    let shared = ["--set", "viewers=100", "--duration", "2s", "--processes", "3"];
    let report = in_order(&tool::load(&server, "idle", &shared).await);
    server.until_empty().await;
    assert_eq!(report.total.joined, 100);
    assert_eq!(report.series.iter().map(|second| second.participants).max(), Some(100));
}

#[tokio::test]
async fn parts_of_a_run_can_be_merged() {
    let server = Server::start().await;
    let folder = crate::support::server::Folder::new();
    let files: Vec<_> = ["a", "b"].iter().map(|name| folder.0.join(name).display().to_string()).collect();
    let part = |index: usize, file: &str| {
        let part = format!("{index}/2");
        let file = file.to_owned();
        let url = server.url().to_owned();
        async move {
            let fixed = ["run", "signaling", "--url", &url, "--quiet", "--call-prefix", "shared", "--duration", "2s"];
            tool::run(&[&fixed[..], &["--set", "rooms=1", "--part", &part, "--json", &file]].concat()).await
        }
    };
    let (first, second) = tokio::join!(part(1, &files[0]), part(2, &files[1]));
    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    let merged = tool::run(&["merge", &files[0], &files[1], "--json", "-"]).await.report();
    assert_eq!((merged.total.joined, merged.total.left), (10, 10));
    server.until_empty().await;
}

#[tokio::test]
async fn a_limit_that_is_passed_is_a_failure() {
    let server = Server::start().await;
    let limited = ["--set", "rooms=1", "--duration", "1s", "--set", "limits.max_join_p99_ms=0"];
    let outcome = tool::load(&server, "signaling", &limited).await;
    assert_eq!(outcome.code, 1);
    assert!(matches!(outcome.report().findings[..], [Finding::Failed { .. }, ..]), "{outcome:?}");
}

/// Half a minute in which nothing may be lost and nothing go wrong: what users run first.
#[tokio::test]
async fn the_smoke_scenario_passes() {
    let server = Server::start().await;
    let report = in_order(&tool::load(&server, "smoke", &[]).await);
    server.until_empty().await;
    // Each of the four sees and hears the three, at 50 packets of sound and 15 frames a second.
    assert!(report.steady.packets_received > 9 * 65 * 20, "{}", report.steady.packets_received);
}
