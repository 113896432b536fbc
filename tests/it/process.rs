//! The program as systems run it: signals, exit codes, ports.

use crate::support::{DEADLINE, raw};
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::{TcpListener, UdpSocket};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// The program with one worker on that media port, and whatever else is set.
pub fn program(rtc_port: u16, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colloquy"));
    // No folder with configuration files, and nothing from our own environment.
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).env_clear();
    command.env("PORT", "0").env("COLLOQUY_SERVER__HOST", "127.0.0.1").env("COLLOQUY_WORKERS__COUNT", "1");
    command.env("RTC_MIN_PORT", rtc_port.to_string()).env("RTC_MAX_PORT", rtc_port.to_string());
    command.env("COLLOQUY_RTC__LISTEN_IP", "127.0.0.1").env("DATABASE_URL", "sqlite::memory:");
    command.envs(variables.iter().copied());
    // A process group of its own, as a shell gives it.
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A port that is free over UDP and TCP, below those that systems give out by themselves.
pub fn free_port() -> u16 {
    let start = 20_000 + u16::try_from(std::process::id() % 10_000).expect("small");
    let free =
        |port: &u16| UdpSocket::bind(("127.0.0.1", *port)).is_ok() && TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (start..32_000).find(free).expect("some port is free")
}

pub struct Running {
    process: Child,
    pub url: String,
    _stdout: Lines<BufReader<ChildStdout>>,
    /// All of its standard error: somebody has to read on, or it would wait.
    log: JoinHandle<String>,
}

impl Running {
    /// Starts it; tries again when somebody else was quicker to take the port.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        for _ in 0..5 {
            let mut process = program(free_port(), variables).spawn().expect("the program starts");
            let mut stdout = BufReader::new(process.stdout.take().expect("piped")).lines();
            let log = tokio::spawn(read(process.stderr.take().expect("piped")));
            let line = tokio::time::timeout(DEADLINE, stdout.next_line()).await.expect("starts in time");
            if let Some(url) = line.expect("text") {
                return Self { process, url, _stdout: stdout, log };
            }
        }
        panic!("the program does not start");
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        signal(name, &self.pid().to_string());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        tokio::time::timeout(DEADLINE, self.process.wait()).await.expect("ends in time").expect("ends")
    }

    pub async fn ready(&self) -> u16 {
        reqwest::get(format!("{}/ready", self.url)).await.expect("an answer").status().as_u16()
    }

    pub async fn log(self) -> String {
        self.log.await.expect("was read")
    }
}

async fn read(mut stderr: ChildStderr) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).await.expect("text");
    text
}

/// Sends a signal to a process (or to a group, which has a minus before its number), as `kill` does.
pub fn signal(name: &str, to: &str) {
    let status = std::process::Command::new("sh").args(["-c", r#"kill -s "$1" -- "$2""#, "sh", name, to]).status();
    assert!(status.expect("a shell").success(), "kill -s {name} {to}");
}

/// A client in the namespace, with little room for what it does not read.
async fn connect(program: &Running) -> raw::Stream {
    let mut socket = raw::handshake_with_little_room(&program.url).await;
    raw::send(&mut socket, "40").await;
    assert!(raw::text(&mut socket).await.starts_with("40{"));
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_and_ctrl_c_end_it_in_order() {
    for signal in ["TERM", "INT"] {
        let mut program = Running::start(&[]).await;
        assert_eq!(program.ready().await, 200);
        let mut socket = connect(&program).await;
        program.signal(signal);
        let mut heard = Vec::new();
        while let Some(Ok(frame)) = socket.next().await {
            heard.push(frame.to_string());
        }
        assert!(heard.iter().any(|frame| frame.starts_with(r#"42["serverDraining",{"deadline":"#)), "{heard:?}");
        assert_eq!(program.ended().await.code(), Some(0), "{signal}");
        let log = program.log().await;
        assert!(log.contains("shutting down") && log.trim_end().ends_with("bye"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once() {
    let variables = [
        ("COLLOQUY_SERVER__SHUTDOWN_DEADLINE_S", "600"),
        ("COLLOQUY_SIGNALING__SEND_BUFFER", "100000"),
        ("COLLOQUY_SIGNALING__MAX_IN_FLIGHT", "100000"),
        ("COLLOQUY_ROOMS__QUEUE", "100000"),
    ];
    let mut program = Running::start(&variables).await;
    // A client that does not read holds up the end.
    let mut deaf = connect(&program).await;
    for id in 0..1000 {
        let request = format!(r#"42{id}["createRoom",{{"callId":"c"}}]"#);
        deaf.feed(Message::text(request)).await.expect("is sent");
    }
    deaf.flush().await.expect("is sent");
    let done = r#"colloquy_requests_total{code="OK",event="createRoom"} 1000"#;
    until(async || {
        reqwest::get(format!("{}/metrics", program.url))
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text")
            .contains(done)
    })
    .await;
    program.signal("TERM");
    until(async || program.ready().await == 503).await;
    let started = Instant::now();
    program.signal("TERM");
    let status = program.ended().await;
    assert_eq!(status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(program.log().await.contains("second signal"));
    drop(deaf);
}

pub async fn until(holds: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < DEADLINE, "not in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_url_is_all_that_it_prints() {
    let mut program = Running::start(&[("LOG_LEVEL", "trace")]).await;
    assert!(program.url.starts_with("http://127.0.0.1:"), "{}", program.url);
    program.signal("TERM");
    assert_eq!(program.ended().await.code(), Some(0));
    assert_eq!(program._stdout.next_line().await.expect("text"), None);
}

/// It does not start: exit code 2 and one line.
pub async fn refusal(command: &mut Command) -> String {
    let output = tokio::time::timeout(DEADLINE, command.output()).await.expect("ends in time").expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert_eq!((output.status.code(), &*out, err.lines().count()), (Some(2), "", 1), "{err}");
    err
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_refused_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = taken.local_addr().expect("an address").port();
    let line = refusal(program(free_port(), &[]).env("PORT", port.to_string())).await;
    assert!(line.starts_with(&format!("error: 127.0.0.1:{port} cannot be opened")), "{line}");
    assert!(line.contains("PORT"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_media_port_that_is_taken_is_refused_in_one_line() {
    let udp = UdpSocket::bind("127.0.0.1:0").expect("some port is free");
    let port = udp.local_addr().expect("an address").port();
    let line = refusal(&mut program(port, &[])).await;
    assert!(line.starts_with(&format!("error: rtc port {port}/udp on 127.0.0.1 cannot be opened")), "{line}");
    assert!(line.contains("RTC_MIN_PORT"), "{line}");
    drop(udp);
    let tcp = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = tcp.local_addr().expect("an address").port();
    let line = refusal(&mut program(port, &[])).await;
    assert!(line.starts_with(&format!("error: rtc port {port}/tcp on 127.0.0.1 cannot be opened")), "{line}");
}
