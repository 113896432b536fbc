//! A backend that gets webhooks: it can refuse, be slow, say nothing, and drop the connection.

use super::DEADLINE;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What receivers and servers of the tests know.
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// What a receiver does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// Answers with that status, and these headers.
    Answer(u16, &'static str),
    /// Closes the connection instead of an answer.
    Drop,
    /// Reads, and says nothing.
    Hang,
}

impl Manner {
    pub const TAKE: Self = Self::Answer(204, "");
    pub const FAIL: Self = Self::Answer(500, "");
}

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Hook {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// What was done with it.
    pub manner: Manner,
}

impl Hook {
    /// A header; its name in lower case.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no {name}: {self:?}"), |(_, value)| value)
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("JSON: {}", self.text))
    }

    pub fn event(&self) -> String {
        self.body()["type"].as_str().expect("a type").to_owned()
    }

    /// Which of these secrets a signature holds for.
    pub fn signed_by<'s>(&self, secrets: &[&'s str]) -> Vec<&'s str> {
        let signed = [self.id(), self.header("webhook-timestamp"), &self.text].join(".");
        let holds = |secret: &&&str| {
            let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64");
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
            let tags = self.header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1,"));
            let mut tags = tags.map(|tag| STANDARD.decode(tag).expect("base64"));
            tags.any(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
        };
        secrets.iter().filter(holds).copied().collect()
    }
}

type Behaviour = Box<dyn Fn(usize) -> Manner + Send>;

struct State {
    behaviour: Behaviour,
    hooks: Vec<Hook>,
}

/// A backend on a port of its own.
pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<State>>,
    changed: watch::Receiver<()>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("some port is free");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State { behaviour: Box::new(|_| Manner::TAKE), hooks: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let (tell, changed) = watch::channel(());
        let task = tokio::spawn(accept(listener, Arc::clone(&state), tell));
        Self { url, state, changed, task }
    }

    /// From now on; told how many requests there were before.
    pub fn behave(&self, behaviour: impl Fn(usize) -> Manner + Send + 'static) {
        self.state.lock().expect("nobody panics with it").behaviour = Box::new(behaviour);
    }

    /// All requests so far.
    pub fn hooks(&self) -> Vec<Hook> {
        self.state.lock().expect("nobody panics with it").hooks.clone()
    }

    /// Those that were answered well.
    pub fn taken(&self) -> Vec<Hook> {
        let mut hooks = self.hooks();
        hooks.retain(|hook| matches!(hook.manner, Manner::Answer(200..300, _)));
        hooks
    }

    /// The types of what was taken, in their order.
    pub fn types(&self) -> Vec<String> {
        self.taken().iter().map(Hook::event).collect()
    }

    /// Waits until that holds of the requests.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changed = self.changed.clone();
        let waiting = async {
            while !holds(self) {
                changed.changed().await.expect("the receiver goes on");
            }
        };
        let done = tokio::time::timeout(DEADLINE * 3, waiting).await;
        done.unwrap_or_else(|_| panic!("not in time: {:#?}", self.hooks()));
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, tell: watch::Sender<()>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(serve(stream, Arc::clone(&state), tell.clone()));
    }
}

/// Ends with the connection, or with a request that is not understood.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, tell: watch::Sender<()>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut hook = read(&mut stream).await?;
        let manner = {
            let mut state = state.lock().expect("nobody panics with it");
            hook.manner = (state.behaviour)(state.hooks.len());
            state.hooks.push(hook.clone());
            hook.manner
        };
        match manner {
            Manner::Answer(status, headers) => {
                let answer = format!("HTTP/1.1 {status} Whatever\r\n{headers}content-length: 0\r\n\r\n");
                // Told before it is answered: who waits for it may then see the server go on.
                tell.send_replace(());
                stream.write_all(answer.as_bytes()).await.ok()?;
            }
            Manner::Drop => {
                tell.send_replace(());
                return None;
            }
            Manner::Hang => {
                tell.send_replace(());
                std::future::pending::<()>().await;
            }
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Hook> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let path = line.strip_prefix("POST ")?.split(' ').next()?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Hook { path, headers, text: String::from_utf8(body).ok()?, manner: Manner::TAKE })
}
