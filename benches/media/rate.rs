//! Packets per CPU-second, and the clock for it.

use std::fmt;
use std::num::ParseFloatError;
use std::str::FromStr;
use std::time::Duration;

/// Packets per CPU-second of one thread.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    pub fn new(packets: u64, cpu: Duration) -> Self {
        Self(packets as f64 / cpu.as_secs_f64())
    }

    pub fn of(self, other: Self) -> f64 {
        self.0 / other.0
    }
}

/// The value in the middle.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    values[values.len() / 2]
}

impl FromStr for Rate {
    type Err = ParseFloatError;

    fn from_str(text: &str) -> Result<Self, ParseFloatError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.0}", self.0)
    }
}

/// The CPU time of a thread of this process, to the nanosecond.
pub fn cpu_of(thread: u32) -> Duration {
    let path = format!("/proc/self/task/{thread}/schedstat");
    let text = std::fs::read_to_string(path).expect("Linux with scheduler statistics");
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanoseconds.expect("nanoseconds first"))
}

/// The thread whose name begins so.
pub fn thread_called(name: &str) -> u32 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").filter_map(Result::ok);
    let mut named = tasks.filter(|task| {
        let comm = std::fs::read_to_string(task.path().join("comm"));
        comm.is_ok_and(|comm| comm.starts_with(name))
    });
    let task = named.next().expect("a thread of that name");
    task.file_name().to_str().and_then(|number| number.parse().ok()).expect("a number")
}
