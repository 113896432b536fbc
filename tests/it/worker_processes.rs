//! The processes of workers, as the system sees them: they end with the server, however it ends, and not before it.

use crate::process::{Running, signal};
use crate::support::{Client, DEADLINE, TestServer};
use colloquy::config::WorkerIsolation;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::process::Command;

/// How long the kernel may take to end the children of a process that was killed.
const AFTER_DEATH: Duration = Duration::from_secs(1);

/// The state of a process (see proc(5)) and its parent; none if it is gone.
fn state_of(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Gone, but for an entry that a new parent may not have collected yet.
fn is_gone(pid: u32) -> bool {
    state_of(pid).is_none_or(|(state, _)| state == 'Z')
}

async fn until(what: &str, within: Duration, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn pid_of(worker: &Value) -> u32 {
    worker["pid"].as_u64().and_then(|pid| pid.try_into().ok()).unwrap_or_else(|| panic!("no pid: {worker}"))
}

/// The program with its worker's process.
async fn running() -> (Running, u32) {
    let program = Running::start(&[]).await;
    let stats = reqwest::get(format!("{}/stats", program.url)).await.expect("an answer");
    let stats: Value = stats.json().await.expect("JSON");
    let worker = &stats["workersDetail"][0];
    let pid = pid_of(worker);
    assert_eq!(state_of(pid).map(|(_, parent)| parent), Some(program.pid()), "a child of the server");
    assert!(worker["rssBytes"].as_u64().is_some_and(|bytes| bytes > 1_000_000), "{worker}");
    (program, pid)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_takes_its_workers_along() {
    let (mut program, worker) = running().await;
    signal("KILL", &program.pid().to_string());
    until("the worker is gone", AFTER_DEATH, || is_gone(worker)).await;
    program.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_takes_a_stopped_worker_along() {
    let (mut program, worker) = running().await;
    // A group that nobody outside of it looks after is woken by the kernel when that comes about: this one is not.
    let group = i32::try_from(worker).expect("small");
    let _neighbour = Command::new("sleep").arg("60").process_group(group).kill_on_drop(true).spawn().expect("starts");
    signal("STOP", &worker.to_string());
    until("the worker is stopped", DEADLINE, || state_of(worker).is_some_and(|(state, _)| state == 'T')).await;
    signal("KILL", &program.pid().to_string());
    until("the worker is gone", AFTER_DEATH, || is_gone(worker)).await;
    program.ended().await;
}

/// The server ends as it should, its worker with it and not before it.
async fn ends_in_order(mut program: Running, worker: u32) {
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(state_of(worker).is_none(), "no zombie is left");
    let log = program.log().await;
    assert!(log.contains("shutting down") && log.trim_end().ends_with("bye"), "{log}");
    assert!(!log.contains("died") && !log.contains("WARN"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_at_a_terminal_ends_all_in_order() {
    let (program, worker) = running().await;
    signal("INT", &format!("-{}", program.pid()));
    ends_in_order(program, worker).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_manager_may_signal_every_process() {
    let (program, worker) = running().await;
    for name in ["TERM", "INT", "HUP", "USR1", "USR2"] {
        signal(name, &worker.to_string());
    }
    signal("TERM", &program.pid().to_string());
    ends_in_order(program, worker).await;
}

async fn worker(server: &TestServer, index: usize) -> Value {
    server.stats().await["workersDetail"][index].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_worker_shows_and_so_does_the_one_that_replaces_it() {
    let server = TestServer::start_isolated().await;
    let before = [worker(&server, 0).await, worker(&server, 1).await];
    signal("KILL", &pid_of(&before[0]).to_string());
    let restarts = r#"colloquy_worker_restarts_total{worker="0"}"#;
    let started = Instant::now();
    while server.metric(restarts).await < 1.0 || server.metric("colloquy_workers").await < 2.0 {
        assert!(started.elapsed() < DEADLINE, "{}", server.stats().await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = [worker(&server, 0).await, worker(&server, 1).await];
    assert_eq!((&after[0]["restarts"], &after[0]["state"]), (&json!(1), &json!("serving")));
    assert_eq!((&after[1]["restarts"], &after[1]["pid"]), (&json!(0), &before[1]["pid"]));
    assert_ne!(after[0]["pid"], before[0]["pid"]);
    let (anna, _) = Client::joined(&server, "c", "anna").await;
    anna.create_transport("send").await;
    anna.close().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_are_given_up_show_and_the_last_one_makes_the_server_unready() {
    let server = TestServer::start_with(|config| {
        config.workers.isolation = WorkerIsolation::Process;
        config.workers.max_failures = 1;
    })
    .await;
    for (index, status) in [(0, 200), (1, 503)] {
        signal("KILL", &pid_of(&worker(&server, index).await).to_string());
        let given_up = index + 1;
        let started = Instant::now();
        while worker(&server, index).await["state"] != "given_up" {
            assert!(started.elapsed() < DEADLINE, "{}", server.stats().await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let ready = server.get("/ready").await;
        assert_eq!(ready.status().as_u16(), status);
        let ready: Value = ready.json().await.expect("JSON");
        let workers = json!({ "ok": status == 200, "alive": 1 - index, "configured": 2, "givenUp": given_up });
        assert_eq!(ready["checks"]["workers"], workers);
        assert_eq!(server.metric("colloquy_workers_given_up").await, given_up as f64);
        assert_eq!(server.metric("colloquy_workers").await, (1 - index) as f64);
        assert_eq!(worker(&server, index).await["pid"], Value::Null);
    }
    let client = Client::connect(&server).await;
    let refusal = client.refused("createRoom", json!({ "callId": "c" })).await;
    assert!(refusal.to_string().starts_with("UNAVAILABLE"), "{refusal}");
    client.close().await;
    server.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_to_batch_sends_reaches_the_process_that_sends() {
    for batched in [true, false] {
        let server = TestServer::start_with(|config| {
            config.workers.isolation = WorkerIsolation::Process;
            config.workers.batch_sends = batched;
        })
        .await;
        let worker = pid_of(&server.stats().await["workersDetail"][0]);
        let environment = std::fs::read_to_string(format!("/proc/{worker}/environ")).expect("a child of ours");
        let expected = format!("COLLOQUY_WORKERS__BATCH_SENDS={batched}");
        assert!(environment.split('\0').any(|variable| variable == expected), "{batched}");
        server.finish().await;
    }
}
