//! What the kernel threw away because a process did not read its UDP sockets in time.

use super::process::Pid;
use std::collections::{HashMap, HashSet};
use std::fs;

/// The sockets that a process has open, by inode.
pub fn inodes(pid: Pid) -> HashSet<u64> {
    let files = fs::read_dir(format!("/proc/{}/fd", pid.0)).into_iter().flatten().flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok());
    links.filter_map(|link| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()).collect()
}

/// Counts what is dropped on this program's UDP sockets.
#[derive(Debug, Default)]
pub struct Drops(HashMap<u64, u64>);

impl Drops {
    /// How many datagrams were dropped since the last look. What was dropped on a socket that has been closed since then
    /// is not known.
    pub fn look(&mut self) -> u64 {
        let now = drops_by_inode();
        let own = if now.is_empty() { HashSet::new() } else { inodes(Pid::own()) };
        self.count(now.into_iter().filter(|(inode, _)| own.contains(inode)).collect())
    }

    /// By how much the counts of the sockets that there are `now` have grown.
    fn count(&mut self, now: HashMap<u64, u64>) -> u64 {
        let more = now.iter().map(|(inode, drops)| drops.saturating_sub(self.0.get(inode).copied().unwrap_or(0))).sum();
        self.0 = now;
        more
    }
}

fn drops_by_inode() -> HashMap<u64, u64> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].into_iter().filter_map(|table| fs::read_to_string(table).ok());
    tables.flat_map(|table| table.lines().filter_map(row).collect::<Vec<_>>()).collect()
}

/// A row's inode and drops; the head of the table is none.
fn row(row: &str) -> Option<(u64, u64)> {
    let fields: Vec<_> = row.split_whitespace().collect();
    Some((fields.get(9)?.parse().ok()?, fields.get(12)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::time::{Duration, Instant};

    #[test]
    fn what_was_dropped_is_counted_once() {
        let mut drops = Drops::default();
        assert_eq!(drops.count([(1, 3), (2, 0)].into()), 3);
        assert_eq!(drops.count([(1, 3), (2, 0)].into()), 0);
        assert_eq!(drops.count([(1, 5), (2, 4), (3, 1)].into()), 7);
        assert_eq!(drops.count([(3, 1)].into()), 0, "closed sockets are no less than nothing");
    }

    #[test]
    fn what_is_not_read_in_time_is_found() {
        let deaf = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let to = deaf.local_addr().expect("is bound");
        let mut drops = Drops::default();
        drops.look();
        // More than any receive buffer of the kernel's default takes.
        (0..20_000).for_each(|_| drop(sender.send_to(&[0; 1000], to)));
        // A busy kernel delivers after the sending has returned, so the first look may come before the first drop.
        let sent = Instant::now();
        while drops.look() == 0 {
            assert!(sent.elapsed() < Duration::from_secs(10), "nothing was dropped");
        }
    }
}
