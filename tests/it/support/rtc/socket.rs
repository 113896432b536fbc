//! One UDP socket, or one TCP connection with the framing of RFC 4571, to the server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// Largest datagram.
const MAX_BYTES: usize = 2048;
/// Length of a frame's own length.
const LENGTH_BYTES: usize = 2;

/// How an endpoint reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A connection that the endpoint opens.
    Tcp,
}

impl Protocol {
    /// As in ICE candidates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

pub(super) struct Socket {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    wire: Wire,
}

enum Wire {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, inbound: Vec<u8> },
}

impl Socket {
    pub async fn open(protocol: Protocol, remote: SocketAddr) -> io::Result<Self> {
        let (local, wire) = match protocol {
            Protocol::Udp => {
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
                socket.connect(remote).await?;
                (socket.local_addr()?, Wire::Udp(socket))
            }
            Protocol::Tcp => {
                let stream = TcpStream::connect(remote).await?;
                stream.set_nodelay(true)?;
                (stream.local_addr()?, Wire::Tcp { stream, inbound: Vec::new() })
            }
        };
        Ok(Self { local, remote, wire })
    }

    pub fn protocol(&self) -> str0m::net::Protocol {
        match self.wire {
            Wire::Udp(_) => str0m::net::Protocol::Udp,
            Wire::Tcp { .. } => str0m::net::Protocol::Tcp,
        }
    }

    pub async fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        match &mut self.wire {
            Wire::Udp(socket) => socket.send(datagram).await.map(drop),
            Wire::Tcp { stream, .. } => stream.write_all(&frame(datagram)?).await,
        }
    }

    /// The next datagram. Nothing is lost when the future is dropped.
    pub async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match &mut self.wire {
            Wire::Udp(socket) => {
                let mut datagram = Vec::with_capacity(MAX_BYTES);
                socket.recv_buf(&mut datagram).await?;
                Ok(datagram)
            }
            Wire::Tcp { stream, inbound } => loop {
                if let Some(datagram) = unframe(inbound) {
                    return Ok(datagram);
                }
                if stream.read_buf(inbound).await? == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
                }
            },
        }
    }
}

fn frame(datagram: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(datagram.len()).map_err(io::Error::other)?;
    Ok([&length.to_be_bytes(), datagram].concat())
}

/// Takes the first frame out, if all of it is there.
fn unframe(inbound: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes(*inbound.first_chunk()?));
    let end = LENGTH_BYTES + length;
    (inbound.len() >= end).then(|| inbound.drain(..end).skip(LENGTH_BYTES).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_however_they_are_cut() {
        let stream = [frame(b"first").expect("short"), frame(b"second").expect("short")].concat();
        let (mut inbound, mut found) = (Vec::new(), Vec::new());
        for byte in stream {
            inbound.push(byte);
            found.extend(unframe(&mut inbound));
        }
        assert_eq!(found, [b"first".to_vec(), b"second".to_vec()]);
        assert!(inbound.is_empty());
    }
}
