//! Where programs of a test run: on this machine as it is, or in a network of their own.

use std::ffi::OsStr;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Stdio};

/// Here or there.
pub enum Place {
    /// As it is.
    Here,
    /// In a network namespace.
    There(Network),
}

impl Place {
    /// What starts a program there.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self {
            Self::Here => Command::new(program),
            Self::There(network) => network.command(program),
        }
    }
}

/// A network namespace with nothing but a loopback. Removed when it is dropped.
pub struct Network(String);

impl Network {
    /// A new one; nothing, and a word about it, where that is not allowed.
    pub fn make() -> Option<Self> {
        if std::fs::metadata("/proc/self").map_or(true, |this| this.uid() != 0) {
            eprintln!("skipped: network namespaces need root");
            return None;
        }
        if let Some(missing) = ["ip", "nft"].into_iter().find(|program| !is_there(program)) {
            eprintln!("skipped: {missing} is missing (scripts/setup --tests)");
            return None;
        }
        let network = Self(format!("colloquy-load-{:08x}", rand::random::<u32>()));
        run(Command::new("ip").args(["netns", "add", &network.0]));
        run(Command::new("ip").args(["-n", &network.0, "link", "set", "lo", "up"]));
        Some(network)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0]).arg(program);
        command
    }

    /// Loses so many of a hundred RTP packets from that UDP port, and nothing else: what connects stays connected.
    pub fn lose(&self, port: u16, percent: u32) {
        // The first two bits after UDP's header are RTP's version, and the second byte tells RTCP apart.
        let is_rtp = format!("udp sport {port} @th,64,2 2 @th,73,7 != 72-76");
        let rules = format!(
            "add table inet loss
             add chain inet loss input {{ type filter hook input priority 0; }}
             add rule inet loss input {is_rtp} counter
             add rule inet loss input {is_rtp} numgen random mod 100 < {percent} counter drop"
        );
        run(self.command("nft").arg(rules));
    }

    /// Datagrams that were lost so far because a socket's buffer was full: its program had no time to read.
    pub fn overflowed(&self) -> u64 {
        let counters = self.command("cat").arg("/proc/net/snmp").output().expect("cat runs").stdout;
        let counters = String::from_utf8(counters).expect("is text");
        let mut udp = counters.lines().filter_map(|line| line.strip_prefix("Udp: ")).map(|line| line.split(' '));
        let (names, values) = (udp.next().expect("names"), udp.next().expect("values"));
        let (_, value) = names.zip(values).find(|(name, _)| *name == "RcvbufErrors").expect("is counted");
        value.parse().expect("is a number")
    }

    /// The share of them that was lost.
    pub fn lost(&self) -> f64 {
        let listed = self.command("nft").args(["-j", "list", "table", "inet", "loss"]).output().expect("nft runs");
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("is JSON");
        let rules = listed["nftables"].as_array().expect("is a list").iter().filter_map(|it| it.get("rule"));
        let count = |rule: &serde_json::Value| {
            let mut parts = rule["expr"].as_array().expect("is a list").iter();
            parts.find_map(|part| part["counter"]["packets"].as_f64()).expect("counts")
        };
        let counts: Vec<_> = rules.map(count).collect();
        counts[1] / counts[0]
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        run(Command::new("ip").args(["netns", "del", &self.0]));
    }
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn run(command: &mut Command) {
    let output = command.output().expect("starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
