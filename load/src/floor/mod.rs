//! The machine's own limit for forwarding: what a thread that does nothing else can send.
//!
//! Datagrams come in on a UDP socket, are decrypted (SRTP's AES-GCM with keys of 128 bits), encrypted once for each
//! receiver with that receiver's key, and sent on over loopback to sockets that nobody reads. What a server does beside
//! that, choosing and rewriting packets, answering feedback, is left out: no server can be faster in the same way of
//! sending.

mod forward;
mod srtp;

pub use forward::Way;

use clap::Args;
use forward::Forwarder;
use serde::Serialize;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// How long one way of sending goes on before the next has its turn, so that what else the machine does hits all alike.
const TURN: Duration = Duration::from_millis(100);

/// What is measured.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Seconds for each of the three ways of sending.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Receivers that each packet goes to.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=5000))]
    pub receivers: u16,
    /// Bytes of a datagram, of which 28 are SRTP's header and tag.
    #[arg(long, default_value_t = 1200, value_parser = clap::value_parser!(u16).range(64..=1400))]
    pub bytes: u16,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// What a thread can send.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Floor {
    /// Receivers that each packet went to.
    pub receivers: u16,
    /// Bytes of a datagram.
    pub bytes: u16,
    /// By way of sending.
    pub ways: Vec<Sent>,
}

/// What was sent in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Which.
    pub way: Way,
    /// Datagrams.
    pub packets: u64,
    /// Seconds of the thread's time on a core.
    pub cpu_seconds: f64,
    /// Datagrams in a second of it.
    pub packets_per_cpu_second: f64,
}

/// Measures all three ways in turns. Blocks its thread for three times as many seconds as are asked for.
///
/// # Errors
/// When there are no sockets for so many receivers, or the kernel does not send.
pub fn measure(arguments: &Arguments) -> io::Result<Floor> {
    let mut forwarder = Forwarder::new(arguments.receivers.into(), arguments.bytes.into())?;
    let mut sums = [(0_u64, Duration::ZERO); Way::ALL.len()];
    let end = Instant::now() + Duration::from_secs(arguments.seconds.into()) * Way::ALL.len() as u32;
    while Instant::now() < end {
        for (way, (packets, cpu)) in Way::ALL.into_iter().zip(&mut sums) {
            let turn = Instant::now();
            while turn.elapsed() < TURN {
                let (sent, took) = forwarder.round(way)?;
                *packets += sent;
                *cpu += took;
            }
        }
    }
    let ways = Way::ALL.into_iter().zip(sums).map(|(way, (packets, cpu))| {
        let cpu_seconds = cpu.as_secs_f64();
        Sent { way, packets, cpu_seconds, packets_per_cpu_second: packets as f64 / cpu_seconds }
    });
    Ok(Floor { receivers: arguments.receivers, bytes: arguments.bytes, ways: ways.collect() })
}

impl fmt::Display for Floor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { receivers, bytes, ways } = self;
        writeln!(out, "One thread, {bytes} bytes to each of {receivers} receivers, packets per CPU-second:")?;
        for Sent { way, packets_per_cpu_second, .. } in ways {
            let gigabits = packets_per_cpu_second * f64::from(*bytes) * 8.0 / 1e9;
            writeln!(out, "  {:<48} {packets_per_cpu_second:>9.0}  {gigabits:>5.2} Gbit/s", way.to_string())?;
        }
        Ok(())
    }
}
