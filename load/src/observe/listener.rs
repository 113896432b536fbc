//! Which process of this machine listens on a port.

use super::process::Pid;
use super::sockets;
use std::collections::HashSet;
use std::fs;

/// A TCP socket's state in `/proc/net/tcp` that waits for connections.
const LISTENING: &str = "0A";

/// The process that listens on a TCP port, as far as it may be seen.
pub fn on(port: u16) -> Option<Pid> {
    let rows = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().filter_map(|table| fs::read_to_string(table).ok());
    let inodes: HashSet<u64> =
        rows.flat_map(|table| table.lines().filter_map(|row| inode(row, port)).collect::<Vec<_>>()).collect();
    if inodes.is_empty() {
        return None;
    }
    let processes = fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    processes.map(Pid).find(|pid| sockets::inodes(*pid).iter().any(|inode| inodes.contains(inode)))
}

/// The socket of a row, if it listens on that port.
fn inode(row: &str, port: u16) -> Option<u64> {
    let fields: Vec<_> = row.split_whitespace().collect();
    let (_, local) = fields.get(1)?.rsplit_once(':')?;
    let fits = *fields.get(3)? == LISTENING && u16::from_str_radix(local, 16) == Ok(port);
    fits.then(|| fields.get(9)?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn who_listens_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        assert_eq!(on(listener.local_addr().expect("is bound").port()), Some(Pid::own()));
    }
}
