//! The page at `/`, embedded at build time from `client/dist`; without it, a word on how to get it.

use super::problem;
use axum::http::{HeaderValue, Method, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "client/dist"]
#[allow_missing = true]
struct Page;

/// What the page may load: only itself, and its own server's sockets.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; \
     img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'self'";

/// Built files carry a hash in their names, so they never change.
const CACHE_FOR_EVER: &str = "public, max-age=31536000, immutable";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>colloquy</title>\
     <p>The server runs, but this build has no web page in it: Node.js was not there when it was built. \
     Install Node.js 20 or newer and start it with <code>./scripts/run</code>.";

pub(super) async fn asset(method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return ([(header::ALLOW, "GET,HEAD")], problem::no_such_method(method).await).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    match (path, Page::get(path)) {
        ("" | "index.html", _) => index(),
        (_, Some(file)) => serve(path, file),
        (_, None) => problem::no_such_path().await.into_response(),
    }
}

fn index() -> Response {
    match Page::get("index.html") {
        Some(file) => serve("index.html", file),
        None => ([(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)], Html(NOT_BUILT)).into_response(),
    }
}

fn serve(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("assets/") { CACHE_FOR_EVER } else { "no-cache" };
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    ];
    (headers, file.data).into_response()
}
