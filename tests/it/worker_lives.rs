//! Workers that crash, hang, or talk nonsense: who hears of it, who doesn't, and what takes their place.

use crate::support::DEADLINE;
use crate::support::rtc::{Flow, Protocol, Site, StreamSpec, settings};
use colloquy::ids::RouterId;
use colloquy::media::protocol::{MediaError, MediaEvent, MediaObject, MediaReply, MediaRequest, WorkerLoad};
use colloquy::media::{Isolation, Pool, PoolSettings, RouterEvents, WorkerProgram, WorkerReport, WorkerState};
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// From a worker that hangs to the news of it: six looks 200 ms apart, with room for a busy machine.
const NOTICED: Duration = Duration::from_secs(3);

async fn pool(settings: &PoolSettings) -> Pool {
    Pool::start(settings).await.expect("the pool starts")
}

fn signal(name: &str, pid: u32) {
    crate::process::signal(name, &pid.to_string());
}

fn exists(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Waits until the reports are as they should be.
async fn until(pool: &Pool, what: &str, fits: impl Fn(&[WorkerReport]) -> bool) {
    let started = Instant::now();
    while !fits(&pool.reports()) {
        assert!(started.elapsed() < DEADLINE, "{what}: {:#?}", pool.reports());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn serving(reports: &[WorkerReport]) -> bool {
    reports.iter().all(|worker| worker.state == WorkerState::Serving)
}

async fn hears_of_a_loss(events: &mut RouterEvents) {
    let loss = async { while events.next().await != MediaEvent::WorkerLost {} };
    tokio::time::timeout(NOTICED, loss).await.expect("heard in time");
}

/// A worker dies of a signal, beside one that does not.
async fn dies_of(name: &str) {
    let pool = pool(&settings(2)).await;
    let mut lost = Site::on(&pool, &[]).await;
    let mut spared = Site::on(&pool, &[lost.worker().index()]).await;
    let (sending, receiving) = (spared.open(Protocol::Udp).await, spared.open(Protocol::Udp).await);
    let video = spared.publish(&sending, StreamSpec::video(2000)).await;
    let seen = spared.receive(&receiving, &video).await;
    let flow = Flow::new(&sending, &video, &receiving, &seen);
    flow.goes_on().await;
    let (index, pids) = (lost.worker().index(), [lost.pid(&pool), spared.pid(&pool)]);

    signal(name, pids[0]);
    // A room that asks for its router just now.
    let router = RouterId::random();
    let mut waiting = lost.worker().listen(router);
    let under_way = lost.worker().call(MediaRequest::CreateRouter { router });
    hears_of_a_loss(&mut lost.events).await;
    assert!(!lost.worker().alive(), "who hears of it finds the worker dead");
    assert!(pool.place(&[]).is_some_and(|place| place.worker().index() != index || place.worker().alive()));
    hears_of_a_loss(&mut waiting).await;
    hears_of_a_loss(&mut lost.worker().listen(router)).await;
    assert_eq!(under_way.await.expect_err("lost"), MediaError::WorkerLost);

    until(&pool, "the worker is back", serving).await;
    let reports = pool.reports();
    let report = &reports[index];
    assert_eq!((report.restarts, reports[1 - index].restarts), (1, 0));
    assert_ne!(report.pid, Some(pids[0]));
    assert!(!exists(pids[0]), "no zombie is left");
    assert_eq!(report.load, WorkerLoad::default());
    // The old handle stays dead, the new worker serves.
    let request = MediaRequest::CreateTransport { router: lost.router() };
    assert_eq!(lost.ask(request).await.expect_err("dead"), MediaError::WorkerLost);
    assert!(!lost.worker().alive());
    let again = Site::on(&pool, &[1 - index]).await;
    again.open(Protocol::Udp).await.peer.close().await;

    // The other one has not noticed.
    assert_eq!(spared.pid(&pool), pids[1]);
    flow.goes_on().await;
    spared.close(MediaObject::Router(spared.router())).await;
    while let Ok(event) = tokio::time::timeout(Duration::from_millis(1), spared.events.next()).await {
        assert_ne!(event, MediaEvent::WorkerLost);
    }
    let nothing_more = tokio::time::timeout(Duration::from_millis(1), lost.events.next()).await;
    assert!(nothing_more.is_err(), "a loss is heard of once: {nothing_more:?}");
    pool.shutdown().await;
    assert!(!exists(pids[1]), "no zombie is left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_is_replaced() {
    dies_of("KILL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_aborts_is_replaced() {
    dies_of("ABRT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_hangs_is_replaced() {
    dies_of("STOP").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_comes_back_on_its_port() {
    let free =
        |port: &u16| UdpSocket::bind(("127.0.0.1", *port)).is_ok() && TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let start = 10_000 + u16::try_from(std::process::id() % 9_000).expect("small");
    let port = (start..20_000).find(free).expect("some port is free");
    let pool = pool(&PoolSettings { first_port: port, ..settings(1) }).await;
    for restarts in 1..=3 {
        let mut site = Site::on(&pool, &[]).await;
        let reply = site.ask(MediaRequest::CreateTransport { router: site.router() }).await;
        let Ok(MediaReply::Transport { ice_candidates, .. }) = reply else { panic!("{reply:?}") };
        assert!(ice_candidates.iter().all(|candidate| candidate.port == port), "{ice_candidates:?}");
        // With a client on it, whose connection does not hold the port.
        let _link = site.open(Protocol::Tcp).await;
        signal("KILL", site.pid(&pool));
        hears_of_a_loss(&mut site.events).await;
        until(&pool, "the worker is back", |now| serving(now) && now[0].restarts == restarts).await;
    }
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_takes_nothing_is_asked_no_more_than_it_may() {
    let pool = pool(&settings(1)).await;
    let mut site = Site::on(&pool, &[]).await;
    signal("STOP", site.pid(&pool));
    let request = || MediaRequest::CreateTransport { router: site.router() };
    let mut waiting: Vec<_> = (0..8192).map(|_| Box::pin(site.worker().call(request()))).collect();
    assert_eq!(site.ask(request()).await.expect_err("refused"), MediaError::Deadline);
    for answer in waiting.drain(..) {
        assert_eq!(answer.await.expect_err("lost"), MediaError::WorkerLost);
    }
    hears_of_a_loss(&mut site.events).await;
    until(&pool, "the worker is back", serving).await;
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_any_more_is_closed_again() {
    let pool = pool(&settings(1)).await;
    let site = Site::on(&pool, &[]).await;
    let request = || MediaRequest::CreateTransport { router: site.router() };
    for _ in 0..3 {
        drop(site.worker().call(request()));
    }
    drop(site.worker().call(MediaRequest::CreateRouter { router: RouterId::random() }));
    // By this answer the others have been given.
    site.ask(request()).await.expect("made");
    let only = WorkerLoad { routers: 1, transports: 1, ..WorkerLoad::default() };
    until(&pool, "one transport is left", |now| now[0].load == only).await;
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_too_long_for_a_frame_is_refused_alone() {
    let pool = pool(&settings(1)).await;
    let site = Site::on(&pool, &[]).await;
    let link = site.open(Protocol::Udp).await;
    let mut long = serde_json::json!({
        "codecs": [], "headerExtensions": [], "encodings": [], "rtcp": { "cname": "x", "reducedSize": true },
    });
    long["rtcp"]["cname"] = "x".repeat(2_000_000).into();
    let refused = site.ask(MediaRequest::Produce {
        transport: crate::support::rtc::id(&link.id),
        kind: colloquy::media::protocol::MediaKind::Audio,
        rtp_parameters: serde_json::from_value(long).expect("parameters"),
        paused: false,
    });
    assert!(matches!(refused.await, Err(MediaError::InvalidParameters(why)) if why.contains("2000")), "by its length");
    site.publish(&link, StreamSpec::audio(1000)).await;
    assert_eq!(pool.reports()[0].restarts, 0);
    pool.shutdown().await;
}

/// A folder for one test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The same settings with another program.
fn with_program(mut settings: PoolSettings, path: PathBuf) -> PoolSettings {
    let Isolation::Process(program) = &settings.isolation else { unreachable!("processes") };
    settings.isolation = Isolation::Process(WorkerProgram { path, ..program.clone() });
    settings
}

/// A program that says this when it is started for the first time, and is a real worker from the second time on.
fn impostor(name: &str, says: &str) -> PathBuf {
    let folder = folder(name);
    let (path, real) = (folder.join("worker"), env!("CARGO_BIN_EXE_colloquy"));
    let script = format!(
        "#!/bin/sh\nmkdir '{}/first' 2>/dev/null || exec '{real}' \"$@\"\n{says}\nexec sleep 60\n",
        folder.display(),
    );
    fs::write(&path, script).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

/// A frame in the words of a shell: `Ready`, as MessagePack has it.
const READY: &str = r"printf '\000\000\000\006\245Ready' >&0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_talks_nonsense_is_replaced() {
    let nonsense = [
        ("length", r"printf '\377\377\377\377....' >&0"),
        ("bytes", r"printf '\000\000\000\004\301\301\301\301' >&0"),
        ("trailing", r"printf '\000\000\000\007\245Ready.' >&0"),
        ("twice", READY),
        // {"Reply": {"id": 7, "result": {"Ok": "Done"}}}: an answer to no question.
        ("unasked", r"printf '\000\000\000\034\201\245Reply\202\242id\007\246result\201\242Ok\244Done' >&0"),
    ];
    for (name, says) in nonsense {
        let path = impostor(name, &format!("{READY}; {says}"));
        let mut settings = with_program(settings(1), path);
        // Its silence is not what it dies of.
        settings.supervision.heartbeat_misses = 1000;
        let pool = pool(&settings).await;
        until(&pool, name, |now| serving(now) && now[0].restarts == 1).await;
        let site = Site::on(&pool, &[]).await;
        site.open(Protocol::Udp).await.peer.close().await;
        pool.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_of_one_worker_is_not_the_others_trouble() {
    let path = impostor("one-of-two", &format!(r"{READY}; sleep 0.2; printf 'nonsense' >&0"));
    let pool = pool(&with_program(settings(2), path)).await;
    until(&pool, "a restart", |now| serving(now) && now.iter().map(|worker| worker.restarts).sum::<u32>() == 1).await;
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_no_worker_stops_the_start() {
    let table = [
        ("/bin/false", "media worker 0 did not start: it ended at once (exit status: 1)"),
        (
            "/nowhere",
            "media worker 0 did not start: /nowhere cannot be started (No such file or directory (os error 2))",
        ),
    ];
    for (path, expected) in table {
        let started = Pool::start(&with_program(settings(1), path.into())).await;
        assert_eq!(started.err().map(|error| error.to_string()).as_deref(), Some(expected));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_keeps_dying_is_given_up() {
    let program = folder("given-up").join("worker");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_colloquy"), &program).expect("a link");
    let mut settings = with_program(settings(2), program.clone());
    settings.supervision.max_failures = 3;
    let pool = pool(&settings).await;
    fs::remove_file(&program).expect("the link");
    std::os::unix::fs::symlink("/bin/false", &program).expect("a link");
    let mut site = Site::on(&pool, &[]).await;
    let index = site.worker().index();
    signal("KILL", site.pid(&pool));
    hears_of_a_loss(&mut site.events).await;
    until(&pool, "given up", |now| now[index].state == WorkerState::GivenUp).await;
    let report = &pool.reports()[index];
    assert_eq!((report.pid, report.restarts, report.rss_bytes), (None, 2, 0));
    // The other one serves on.
    let other = Site::on(&pool, &[]).await;
    assert_eq!(other.worker().index(), 1 - index);
    assert!(pool.place(&[1 - index]).is_none());
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_killed_each_time_it_comes_up_is_given_up() {
    let mut settings = settings(1);
    settings.supervision.max_failures = 3;
    let pool = pool(&settings).await;
    for restarts in 0..3 {
        until(&pool, "up", |now| serving(now) && now[0].restarts == restarts).await;
        signal("KILL", pool.reports()[0].pid.expect("it serves"));
    }
    until(&pool, "given up", |now| now[0].state == WorkerState::GivenUp).await;
    assert_eq!(pool.reports()[0].restarts, 2);
    pool.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_with_much_to_do_is_not_taken_for_one_that_hangs() {
    let mut settings = settings(1);
    settings.deadline = DEADLINE * 3;
    // Less patience than there is work.
    settings.supervision.heartbeat_interval = Duration::from_millis(100);
    let pool = pool(&settings).await;
    let site = Site::on(&pool, &[]).await;
    let request = || MediaRequest::CreateTransport { router: site.router() };
    let waiting: Vec<_> = (0..8000).map(|_| Box::pin(site.worker().call(request()))).collect();
    for answer in waiting {
        answer.await.expect("made");
    }
    assert_eq!((pool.reports()[0].restarts, site.worker().load().transports), (0, 8000));
    pool.shutdown().await;
}
