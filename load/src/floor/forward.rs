//! Packets from one socket to many, in three ways of sending.

use super::srtp::{Context, HEADER};
use clap::ValueEnum;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrIn, sendmmsg, sendmsg, setsockopt, sockopt};
use nix::time::{ClockId, clock_gettime};
use serde::Serialize;
use std::fmt;
use std::io::{self, IoSlice};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

/// Datagrams that come in before the forwarding is timed: those of a video's frame, and what one segmented send takes.
const BURST: usize = 40;
/// Datagrams of one `sendmmsg`.
const BATCH: usize = 64;

/// How datagrams are handed to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// One call each.
    Sendto,
    /// `BATCH` in one call, to as many receivers.
    Sendmmsg,
    /// `BURST` to one receiver in one call, cut up by the kernel.
    Segmented,
}

impl Way {
    /// All, the slowest first.
    pub const ALL: [Self; 3] = [Self::Sendto, Self::Sendmmsg, Self::Segmented];
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sendto => write!(out, "one sendto a packet"),
            Self::Sendmmsg => write!(out, "sendmmsg, {BATCH} packets"),
            Self::Segmented => write!(out, "UDP segmentation offload, {BURST} packets to one"),
        }
    }
}

/// Somebody that packets go to.
struct Receiver {
    context: Context,
    /// Open and not read, so that the kernel delivers as far as it can and then drops.
    _socket: UdpSocket,
    address: SockaddrIn,
}

/// A thread's work.
pub struct Forwarder {
    publisher: UdpSocket,
    own: UdpSocket,
    publishers: Context,
    receivers: Vec<Receiver>,
    /// The burst as it came.
    received: Vec<Vec<u8>>,
    /// The packets to be sent, one after another.
    sealed: Vec<u8>,
    headers: MultiHeaders<SockaddrIn>,
    bytes: usize,
    /// Packets that came, whose number goes with them.
    number: u64,
}

impl Forwarder {
    /// Takes a socket for each receiver.
    pub fn new(receivers: usize, bytes: usize) -> io::Result<Self> {
        let open = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let (publisher, own) = (open()?, open()?);
        publisher.connect(own.local_addr()?)?;
        own.set_read_timeout(Some(Duration::from_secs(5)))?;
        let receivers = (0..receivers).map(|number| {
            let socket = open()?;
            // As little as the kernel allows, so that nearly all is dropped.
            setsockopt(&socket, sockopt::RcvBuf, &1)?;
            let address = into_v4(socket.local_addr()?)?;
            Ok(Receiver { context: Context::new(number as u64 + 1)?, _socket: socket, address: address.into() })
        });
        Ok(Self {
            publishers: Context::new(0)?,
            receivers: receivers.collect::<io::Result<_>>()?,
            received: vec![vec![0; bytes]; BURST],
            sealed: vec![0; bytes * BATCH],
            headers: MultiHeaders::preallocate(BATCH, None),
            publisher,
            own,
            bytes,
            number: 0,
        })
    }

    /// Forwards a burst: how many datagrams were sent, and the time on a core that it took.
    pub fn round(&mut self, way: Way) -> io::Result<(u64, Duration)> {
        let first = self.number;
        for _ in 0..BURST {
            self.publish()?;
        }
        let began = cpu_time()?;
        for index in 0..BURST {
            let packet = &mut self.received[index];
            if self.own.recv(packet)? != self.bytes {
                return Err(io::Error::other("a datagram of another length came in"));
            }
            self.publishers.open(packet, rollovers(first + index as u64))?;
        }
        let rollovers = rollovers(first);
        match way {
            Way::Sendto => self.send_each(rollovers)?,
            Way::Sendmmsg => self.send_batches(rollovers)?,
            Way::Segmented => self.send_segmented(rollovers)?,
        }
        Ok(((BURST * self.receivers.len()) as u64, cpu_time()? - began))
    }

    /// Sends one packet to the socket that is forwarded from.
    fn publish(&mut self) -> io::Result<()> {
        let packet = &mut self.sealed[..self.bytes];
        packet[..HEADER].copy_from_slice(&[0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        packet[2..4].copy_from_slice(&(self.number as u16).to_be_bytes());
        self.publishers.seal(packet, rollovers(self.number))?;
        self.publisher.send(packet)?;
        self.number += 1;
        Ok(())
    }

    fn send_each(&mut self, rollovers: u32) -> io::Result<()> {
        let Self { own, receivers, received, sealed, bytes, .. } = self;
        let packet = &mut sealed[..*bytes];
        for (source, receiver) in received.iter().flat_map(|source| receivers.iter().map(move |to| (source, to))) {
            packet.copy_from_slice(source);
            receiver.context.seal(packet, rollovers)?;
            own.send_to(packet, SocketAddr::V4(receiver.address.into()))?;
        }
        Ok(())
    }

    fn send_batches(&mut self, rollovers: u32) -> io::Result<()> {
        let Self { own, receivers, received, sealed, headers, bytes, .. } = self;
        let mut packets = received.iter().flat_map(|source| receivers.iter().map(move |to| (source, to)));
        let mut addresses = Vec::with_capacity(BATCH);
        loop {
            addresses.clear();
            for (packet, (source, receiver)) in sealed.chunks_exact_mut(*bytes).zip(packets.by_ref()) {
                packet.copy_from_slice(source);
                receiver.context.seal(packet, rollovers)?;
                addresses.push(Some(receiver.address));
            }
            if addresses.is_empty() {
                return Ok(());
            }
            let slices: [_; BATCH] = std::array::from_fn(|index| [IoSlice::new(&sealed[index * *bytes..][..*bytes])]);
            let mut done = 0;
            while done < addresses.len() {
                let (slices, addresses) = (&slices[done..addresses.len()], &addresses[done..]);
                done += sendmmsg(own.as_raw_fd(), headers, slices, addresses, [], MsgFlags::empty())?.count();
            }
        }
    }

    fn send_segmented(&mut self, rollovers: u32) -> io::Result<()> {
        let Self { own, receivers, received, sealed, bytes, .. } = self;
        let size = *bytes as u16;
        let control = [ControlMessage::UdpGsoSegments(&size)];
        for receiver in receivers {
            for (packet, source) in sealed.chunks_exact_mut(*bytes).zip(received.iter()) {
                packet.copy_from_slice(source);
                receiver.context.seal(packet, rollovers)?;
            }
            let burst = [IoSlice::new(&sealed[..*bytes * received.len()])];
            let sent = sendmsg(own.as_raw_fd(), &burst, &control, MsgFlags::empty(), Some(&receiver.address))?;
            if sent != burst[0].len() {
                return Err(Errno::EMSGSIZE.into());
            }
        }
        Ok(())
    }
}

/// How often the numbers of 16 bits began anew.
fn rollovers(number: u64) -> u32 {
    (number >> 16) as u32
}

fn into_v4(address: SocketAddr) -> io::Result<SocketAddrV4> {
    match address {
        SocketAddr::V4(address) => Ok(address),
        SocketAddr::V6(_) => Err(io::ErrorKind::AddrNotAvailable.into()),
    }
}

/// This thread's time on a core so far.
fn cpu_time() -> io::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_receiver_can_open_what_is_sent_in_any_way() {
        for way in Way::ALL {
            let mut forwarder = Forwarder::new(100, 200).expect("sockets");
            let (sent, _) = forwarder.round(way).expect("sends");
            assert_eq!(sent, 100 * BURST as u64);
            for receiver in &forwarder.receivers {
                receiver._socket.set_nonblocking(true).expect("is a socket");
                let mut packet = [0; 201];
                assert_eq!(receiver._socket.recv(&mut packet).expect("room for one"), 200, "{way}");
                receiver.context.open(&mut packet[..200], 0).expect("is this receiver's");
            }
        }
    }
}
