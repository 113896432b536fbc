//! What this machine is.

use crate::measure::Machine;
use std::fs;
use std::thread::available_parallelism;

/// As the kernel tells it; what it does not tell is empty.
pub fn look() -> Machine {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    let kib = memory.and_then(|memory| memory.split(' ').next()?.parse::<u64>().ok()).unwrap_or_default();
    Machine {
        cores: available_parallelism().map_or(0, |cores| u64::try_from(cores.get()).unwrap_or_default()),
        processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
        kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        memory_bytes: kib * 1024,
    }
}
