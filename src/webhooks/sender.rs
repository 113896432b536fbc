//! Sends one row: a POST as Standard Webhooks has it.

use super::{Endpoint, LeasedRow};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Bytes of an answer that are read, so that the connection can be used again; of a longer one it is closed.
const READ_AT_MOST: usize = 16 * 1024;

/// How a request went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint has it (any 2xx).
    Delivered,
    /// The endpoint wants to hear nothing any more (410).
    Gone,
    /// It has to be sent again.
    Failed {
        /// What the endpoint answered; none: it did not, in time.
        status: Option<u16>,
        /// How long it wants to be left alone (`Retry-After`).
        asked: Option<Duration>,
    },
}

/// Carries rows to endpoints.
pub trait Post: Send + Sync + 'static {
    /// Sends a row, once; returns within a bounded time. `now` is the time of this attempt.
    fn post(&self, to: &Endpoint, row: &LeasedRow, now: SystemTime) -> impl Future<Output = Outcome> + Send;
}

/// How long a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// In all.
    pub whole: Duration,
}

/// Carries them over HTTP.
#[derive(Debug, Clone)]
pub struct Sender(Client);

impl Sender {
    /// Redirects are not followed, and no proxy of the environment is used: a request goes where the configuration
    /// says, or nowhere.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(timeouts: Timeouts) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.whole)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("colloquy/", env!("CARGO_PKG_VERSION")));
        Ok(Self(client.build()?))
    }
}

impl Post for Sender {
    async fn post(&self, to: &Endpoint, LeasedRow { row, .. }: &LeasedRow, now: SystemTime) -> Outcome {
        let id = row.event.to_string();
        let timestamp = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut request = self
            .0
            .post(format!("{}{}", to.url, row.path))
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp);
        if let Some(signature) = to.signer.sign(&id, timestamp, &row.payload) {
            request = request.header("webhook-signature", signature);
        }
        match request.body(row.payload.clone()).send().await {
            Ok(response) => {
                let outcome = outcome(response.status(), response.headers(), now);
                use_up(response).await;
                outcome
            }
            Err(error) => {
                // Its text names the URL, which may hold a secret of the endpoint's.
                let error = error.without_url();
                tracing::debug!(webhook.endpoint = to.name, webhook.id = id, ?error, "webhook {id} got no answer");
                Outcome::Failed { status: None, asked: None }
            }
        }
    }
}

fn outcome(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Outcome {
    match status {
        StatusCode::GONE => Outcome::Gone,
        status if status.is_success() => Outcome::Delivered,
        status => {
            let asked = headers.get(RETRY_AFTER).and_then(|value| pause(value.to_str().ok()?, now));
            Outcome::Failed { status: Some(status.as_u16()), asked }
        }
    }
}

/// `Retry-After`: seconds, or a date.
fn pause(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let until = || chrono::DateTime::parse_from_rfc2822(value).ok().map(SystemTime::from);
    value.parse().map(Duration::from_secs).ok().or_else(|| Some(until()?.duration_since(now).unwrap_or_default()))
}

/// What the answer says besides its status is of no interest.
async fn use_up(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > READ_AT_MOST {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn the_status_decides() {
        let failed = |status| Outcome::Failed { status: Some(status), asked: None };
        let table =
            [(200, Outcome::Delivered), (204, Outcome::Delivered), (299, Outcome::Delivered), (410, Outcome::Gone)];
        let failures = [301, 302, 400, 401, 404, 429, 500, 503].map(|status| (status, failed(status)));
        for (status, expected) in table.into_iter().chain(failures) {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(outcome(status, &HeaderMap::new(), UNIX_EPOCH), expected);
        }
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_700);
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(77)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ];
        for (value, seconds) in table {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]);
            let asked = seconds.map(Duration::from_secs);
            let expected = Outcome::Failed { status: Some(503), asked };
            assert_eq!(outcome(StatusCode::SERVICE_UNAVAILABLE, &headers, now), expected, "{value}");
        }
    }
}
