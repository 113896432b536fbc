//! Other issuers whose tokens are good here, and their keys: from a file, or from a URL that is asked now and then. A
//! handshake whose key is not known waits for an answer for a moment, and never asks more often than configured.

use super::jwk::PublicKeys;
use crate::protocol::Role;
use reqwest::{Client, Url, redirect};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long an answer may take.
const FETCH_DEADLINE: Duration = Duration::from_secs(10);
/// How long a handshake waits for it.
const PATIENCE: Duration = Duration::from_secs(3);
/// After which keys that are known are asked for again: those that their issuer has dropped are good no more.
const MAX_AGE: Duration = Duration::from_secs(600);
/// Bytes of a key set at most.
const MOST_BYTES: usize = 256 * 1024;

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file.
    File(PathBuf),
    /// At a URL.
    Url(Url),
}

/// An issuer, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// Its tokens' `iss`.
    pub issuer: String,
    /// Their `aud`, or one of it.
    pub audience: String,
    /// Its keys.
    pub source: KeySource,
    /// What its users are whose tokens name no role.
    pub role: Role,
}

/// What is known of its keys.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<PublicKeys>,
    /// Whether they were ever read.
    read: bool,
    /// Before this they are not asked for again because of a key that is not known; none: they are being asked for.
    quiet_until: Option<Instant>,
}

/// An issuer.
pub(super) struct Issuer {
    pub settings: IssuerSettings,
    /// Between two questions because of keys that are not known.
    refresh: Duration,
    known: watch::Sender<Known>,
    wanted: Notify,
}

impl Issuer {
    pub fn new(settings: IssuerSettings, refresh: Duration) -> Self {
        let (known, _) = watch::channel(Known::default());
        Self { settings, refresh, known, wanted: Notify::new() }
    }

    /// Its keys, among them that one if it has it; waits a moment for those that have to be asked for.
    pub async fn keys(&self, kid: Option<&str>) -> Option<Arc<PublicKeys>> {
        let mut news = self.known.subscribe();
        let known = news.borrow_and_update().clone();
        let quiet = known.quiet_until.is_some_and(|until| Instant::now() < until);
        if known.keys.find(kid).is_some() || quiet {
            return known.read.then_some(known.keys);
        }
        self.wanted.notify_one();
        let answered = async { while news.changed().await.is_ok() && news.borrow().quiet_until.is_none() {} };
        // Whatever is known by then.
        let _ = tokio::time::timeout(PATIENCE, answered).await;
        let known = self.known.borrow();
        known.read.then(|| Arc::clone(&known.keys))
    }

    /// Asks for the keys at once, when they are old, and when one is wanted that is not known.
    pub async fn watch(&self, stop: &CancellationToken) {
        let client = client();
        let work = async {
            loop {
                self.known.send_modify(|known| known.quiet_until = None);
                let keys = match &client {
                    Ok(client) => fetch(&self.settings.source, client).await,
                    Err(error) => Err(error.to_string()),
                };
                let issuer = &self.settings.issuer;
                match &keys {
                    Ok(keys) => tracing::debug!(issuer, "issuer {issuer} has {} keys", keys.len()),
                    Err(reason) => tracing::warn!(issuer, "the keys of issuer {issuer} cannot be read: {reason}"),
                }
                let failed = keys.is_err();
                self.known.send_modify(|known| {
                    if let Ok(keys) = keys {
                        (known.keys, known.read) = (Arc::new(keys), true);
                    }
                    known.quiet_until = Some(Instant::now() + self.refresh);
                });
                tokio::time::sleep(self.refresh).await;
                let pause = if failed { Duration::ZERO } else { MAX_AGE.saturating_sub(self.refresh) };
                // In time, or because somebody has asked.
                let _ = tokio::time::timeout(pause, self.wanted.notified()).await;
            }
        };
        stop.run_until_cancelled(work).await;
    }
}

/// Follows nobody anywhere else.
fn client() -> reqwest::Result<Client> {
    Client::builder().timeout(FETCH_DEADLINE).redirect(redirect::Policy::none()).build()
}

async fn fetch(source: &KeySource, client: &Client) -> Result<PublicKeys, String> {
    let text = match source {
        KeySource::File(path) => {
            let path = path.clone();
            let reading = tokio::task::spawn_blocking(move || std::fs::read(path));
            reading.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?
        }
        KeySource::Url(url) => download(url.clone(), client).await.map_err(|error| reason(&error))?,
    };
    if text.len() > MOST_BYTES {
        return Err(format!("more than {MOST_BYTES} bytes"));
    }
    PublicKeys::parse(&text).map_err(ToOwned::to_owned)
}

/// Reads no further than to what is too much.
async fn download(url: Url, client: &Client) -> reqwest::Result<Vec<u8>> {
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut text = Vec::new();
    while let Some(part) = response.chunk().await?
        && text.len() <= MOST_BYTES
    {
        text.extend_from_slice(&part);
    }
    Ok(text)
}

/// With its causes, and without the URL, whose query may be a secret.
fn reason(error: &reqwest::Error) -> String {
    let status = error.status().map(|status| status.to_string());
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    status.or_else(|| causes.last().map(ToString::to_string)).unwrap_or_else(|| "no answer".to_owned())
}
