//! A client's TCP connection with what belongs to it for as long as it is open, also after it became a WebSocket.

use super::frames::MessageLengths;
use crate::limits::{Limit, OnLimit, Place};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Who is at the other end of a request's connection: a client, or a proxy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// How the answer begins by which a connection becomes a WebSocket.
const SWITCHING_PROTOCOLS: &[u8] = b"HTTP/1.1 101";

/// A connection, and the place that its address takes by it.
pub(super) struct ClientStream {
    stream: TcpStream,
    _place: Option<Place>,
    protocol: Protocol,
    on_limit: OnLimit,
}

enum Protocol {
    Http {
        /// Of a WebSocket.
        max_message_bytes: u64,
    },
    WebSocket(MessageLengths),
    /// A WebSocket that is about to end.
    Over,
}

impl ClientStream {
    pub fn new(stream: TcpStream, place: Option<Place>, max_message_bytes: u64, on_limit: OnLimit) -> Self {
        Self { stream, _place: place, protocol: Protocol::Http { max_message_bytes }, on_limit }
    }

    fn received(&mut self, bytes: &[u8]) {
        if let Protocol::WebSocket(lengths) = &mut self.protocol
            && lengths.exceeded(bytes)
        {
            self.protocol = Protocol::Over;
            (self.on_limit)(Limit::Payload);
        }
    }

    fn sending(&mut self, bytes: &[u8]) {
        if let Protocol::Http { max_message_bytes } = self.protocol
            && bytes.starts_with(SWITCHING_PROTOCOLS)
        {
            self.protocol = Protocol::WebSocket(MessageLengths::new(max_message_bytes));
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.received(&buffer.filled()[before..]);
        read
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.sending(bytes);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.sending(slices.first().map_or(&[], |slice| slice));
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
