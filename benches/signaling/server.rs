//! A server in a process of its own, watched through `/proc`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Linux counts a process' CPU time in these for everybody, whatever the kernel's own clock.
const TICKS_PER_SECOND: u64 = 100;

/// What keeps one client from taking the server away from others.
const UNLIMITED: [(&str, &str); 6] = [
    ("COLLOQUY_SERVER__MAX_CONNECTIONS_PER_ADDRESS", "1000000"),
    ("COLLOQUY_SIGNALING__REQUESTS_PER_SECOND", "1000000"),
    ("COLLOQUY_SIGNALING__REQUEST_BURST", "1000000"),
    ("COLLOQUY_SIGNALING__ADDRESS_REQUESTS_PER_SECOND", "10000000"),
    ("COLLOQUY_SIGNALING__ADDRESS_REQUEST_BURST", "10000000"),
    ("COLLOQUY_SIGNALING__JOIN_TIMEOUT_S", "0"),
];

pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// The server, with more environment given as `NAME=value`.
    pub fn colloquy(environment: &[&str]) -> Self {
        Self::colloquy_at(Path::new(env!("CARGO_BIN_EXE_colloquy")), environment)
    }

    /// The same of another program.
    pub fn colloquy_at(program: &Path, environment: &[&str]) -> Self {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("DATABASE_URL", "sqlite::memory:")
            .envs(environment.iter().filter_map(|pair| pair.split_once('=')));
        command.envs([("PORT", "0"), ("LOG_LEVEL", "warn")]);
        // One client is many here.
        command.envs(UNLIMITED);
        // Below the ports that the system gives to outgoing connections, of which there are many here. Those who measure
        // at the same time have others.
        let ports = 23_000 + std::process::id() % 90 * 100;
        command.env("RTC_MIN_PORT", ports.to_string()).env("RTC_MAX_PORT", (ports + 99).to_string());
        Self::start(command)
    }

    /// socketioxide alone.
    pub fn echo() -> Self {
        let mut command = Command::new(std::env::current_exe().expect("has a path"));
        command.arg("echo-server");
        Self::start(command)
    }

    /// socket.io alone, as it is in that directory.
    pub fn node(directory: &str) -> Self {
        let mut command = Command::new("node");
        command.args(["--expose-gc", "server.js"]).current_dir(directory);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("is piped")).read_line(&mut line).expect("says its URL");
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        Self { child, port: port.unwrap_or_else(|| panic!("no port in {line:?}")) }
    }

    /// The server's process and those of its workers.
    fn processes(&self) -> Vec<u32> {
        let mut processes = vec![self.child.id()];
        processes.extend(self.workers());
        processes
    }

    fn workers(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("runs");
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
        children
            .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
            .collect()
    }

    /// Ends one of the workers' processes.
    pub fn kill_worker(&self) {
        let pid = self.workers().pop().expect("a worker runs");
        let killed = Command::new("sh").args(["-c", r#"kill -9 "$1""#, "sh", &pid.to_string()]).status();
        assert!(killed.expect("a shell").success());
    }

    /// CPU time used so far, by all threads and processes, in the kernel too.
    pub fn cpu(&self) -> Duration {
        let ticks = |pid: u32| -> u64 {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("runs");
            // The name in parentheses may hold anything; of what follows it, fields 12 and 13 are user and system time.
            let fields: Vec<_> = stat.rsplit(')').next().expect("has fields").split_whitespace().collect();
            fields[11..=12].iter().map(|field| field.parse::<u64>().expect("is a number")).sum()
        };
        Duration::from_millis(self.processes().into_iter().map(ticks).sum::<u64>() * 1000 / TICKS_PER_SECOND)
    }

    /// Memory of all processes, what they share counted once.
    pub fn proportional_bytes(&self) -> u64 {
        let kib = |pid: u32| {
            let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("runs");
            let line = rollup.lines().find(|line| line.starts_with("Pss:")).expect("has memory");
            line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("is a number")
        };
        self.processes().into_iter().map(kib).sum::<u64>() * 1024
    }

    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("has memory");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("is a number") * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
