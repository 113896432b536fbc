//! Makes the head of a Socket.IO request small before it is kept.
//!
//! A socket keeps its handshake's head for as long as it lives, and every header and the URI in it are slices of the
//! connection's read buffer: 8 KiB stay allocated for a few hundred bytes. So what anybody reads later is copied, and
//! the rest let go.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

/// What the handshake and our own checks read.
const KEPT: [HeaderName; 9] = [
    header::HOST,
    header::ORIGIN,
    header::AUTHORIZATION,
    header::CONNECTION,
    header::UPGRADE,
    header::SEC_WEBSOCKET_KEY,
    header::SEC_WEBSOCKET_VERSION,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
];

pub(super) async fn keep_little(mut request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/socket.io") {
        *request.headers_mut() = copy_of(request.headers());
        if let Ok(uri) = Uri::try_from(request.uri().to_string()) {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}

fn copy_of(headers: &HeaderMap) -> HeaderMap {
    let copies = KEPT.into_iter().filter_map(|name| {
        let value = HeaderValue::from_bytes(headers.get(&name)?.as_bytes()).ok()?;
        Some((name, value))
    });
    copies.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_read_is_kept() {
        let headers = [
            (header::ORIGIN, HeaderValue::from_static("https://app.example")),
            (header::COOKIE, HeaderValue::from_static("long=1")),
        ];
        let kept = copy_of(&headers.into_iter().collect());
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[header::ORIGIN], "https://app.example");
    }
}
