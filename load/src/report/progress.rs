//! How a run goes, while it goes.

mod window;

use crate::measure::Second;
use crate::scenario::Scenario;
use std::io::{Stderr, Write, stderr};
use window::Window;

/// Seconds between lines where they cannot be rewritten, few enough for a log: the fifth, though it may come early.
const PLAIN_EVERY: f64 = 4.5;
/// To the line's beginning, without wrapping: a line longer than the terminal is wide is cut off there, and the next one
/// goes over it.
const REWRITE: &str = "\r\x1b[?7l";
/// Clears what the last line left, and wraps again.
const REWRITTEN: &str = "\x1b[K\x1b[?7h";

/// A line that says how a run goes: rewritten in place each second on a terminal, else written every five seconds.
///
/// What cannot be written is lost: a run does not end because nobody looks at it any more.
pub struct Progress<W = Stderr> {
    to: W,
    terminal: bool,
    colour: bool,
    scenario: Scenario,
    window: Window,
    begun: bool,
}

impl Progress {
    /// Writes to standard error. `terminal` says whether that is one; then colours are used too, unless `NO_COLOR` is
    /// set to anything.
    pub fn new(scenario: &Scenario, terminal: bool) -> Self {
        let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self::to(stderr(), scenario, terminal, colour)
    }
}

impl<W: Write> Progress<W> {
    /// Writes to somewhere else.
    pub fn to(to: W, scenario: &Scenario, terminal: bool, colour: bool) -> Self {
        Self { to, terminal, colour, scenario: scenario.clone(), window: Window::default(), begun: false }
    }

    /// Takes in a second, and says so if it is time.
    pub fn show(&mut self, second: &Second) {
        self.window.add(second);
        if self.terminal || self.window.seconds() >= PLAIN_EVERY {
            self.write();
        }
    }

    /// Says what was not said yet, and leaves the last line.
    pub fn finish(mut self) {
        if !self.terminal && self.window.seconds() > 0.0 {
            self.write();
        }
        if self.terminal && self.begun {
            let _closed = writeln!(self.to);
        }
        let _closed = self.to.flush();
    }

    fn write(&mut self) {
        let line = self.window.line(&self.scenario, self.colour);
        self.window.clear();
        self.begun = true;
        let _closed = match self.terminal {
            true => write!(self.to, "{REWRITE}{line}{REWRITTEN}").and_then(|()| self.to.flush()),
            false => writeln!(self.to, "{line}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Distribution, ServerLoad, Tally};
    use std::time::Duration;

    fn scenario() -> Scenario {
        toml::from_str("name = 'a'\nrooms = 2\npublishers = 5\nduration = 30.0\n[limits]\nmax_loss = 0.01")
            .expect("is a scenario")
    }

    fn second(at: f64) -> Second {
        let mut latency = Distribution::default();
        latency.record(Duration::from_micros(4200));
        let tally = Tally {
            packets_sent: 1000,
            packets_received: 9000,
            packets_expected: 10_000,
            bytes_received: 1_250_000,
            latency,
            ..Tally::default()
        };
        let server = Some(ServerLoad { cores: 0.84, rss_bytes: 125_829_120, workers: Vec::new() });
        Second { at, participants: 10, tally, server, ..Second::default() }
    }

    fn shown(terminal: bool, colour: bool, seconds: u32) -> String {
        let mut out = Vec::new();
        let mut progress = Progress::to(&mut out, &scenario(), terminal, colour);
        (1..=seconds).for_each(|at| progress.show(&second(at.into())));
        progress.finish();
        String::from_utf8(out).expect("is text")
    }

    #[test]
    fn without_a_terminal_a_plain_line_says_every_five_seconds_how_it_went_in_them() {
        let line = |at: u32| {
            format!(
                "{at} s of 31 s  10 there  sent 1.00k/s  received 9.00k/s 10.0 Mbit/s  loss 10.0 %  p99 4.20 ms  0 errors  \
                 server 0.84 cores 120 MiB\n"
            )
        };
        assert_eq!(shown(false, false, 12), [line(5), line(10), line(12)].concat());
    }

    #[test]
    fn on_a_terminal_a_line_goes_over_the_last() {
        let shown = shown(true, false, 2);
        assert_eq!(shown.matches('\r').count(), 2);
        assert_eq!(shown.matches('\n').count(), 1, "only at the end");
        assert!(shown.ends_with("120 MiB\x1b[K\x1b[?7h\n"), "{shown:?}");
        assert!(!shown.contains("\x1b[3"), "no colour");
    }

    #[test]
    fn what_is_beyond_a_limit_is_red() {
        assert!(shown(true, true, 1).contains("\x1b[31mloss 10.0 %\x1b[0m"));
    }

    #[test]
    fn what_was_not_measured_is_not_said() {
        let mut out = Vec::new();
        let mut progress = Progress::to(&mut out, &scenario(), false, false);
        progress.show(&Second { at: 5.0, participants: 3, ..Second::default() });
        progress.finish();
        assert_eq!(
            String::from_utf8(out).expect("is text"),
            "5 s of 31 s  3 there  sent 0/s  received 0/s 0 bit/s  0 errors\n"
        );
    }
}
