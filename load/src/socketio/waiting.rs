//! Requests that wait for their answers.

use crate::target::TargetError;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// All of a connection, and why it has ended.
#[derive(Default)]
pub struct Waiting(Mutex<State>);

#[derive(Default)]
struct State {
    last_id: u64,
    answers: HashMap<u64, oneshot::Sender<Value>>,
    ended: Option<TargetError>,
}

/// One request. Dropping it is to wait no more.
pub struct Answer<'a> {
    /// Its number.
    pub id: u64,
    answer: oneshot::Receiver<Value>,
    waiting: &'a Waiting,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a request its number.
    pub fn expect(&self) -> Answer<'_> {
        let (answered, answer) = oneshot::channel();
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        if state.ended.is_none() {
            state.answers.insert(id, answered);
        }
        Answer { id, answer, waiting: self }
    }

    /// Hands an answer to who waits for it.
    pub fn answer(&self, id: u64, answer: Value) {
        if let Some(waits) = self.lock().answers.remove(&id) {
            // Whoever gave up just now needs none.
            let _ = waits.send(answer);
        }
    }

    /// No answer comes any more. The first reason counts.
    pub fn end(&self, why: TargetError) {
        let mut state = self.lock();
        state.answers.clear();
        state.ended.get_or_insert(why);
    }

    /// Why no answer comes any more.
    pub fn why(&self) -> TargetError {
        self.lock().ended.clone().unwrap_or_else(|| TargetError::lost("closed"))
    }
}

impl Answer<'_> {
    /// Waits for it.
    pub async fn wait(mut self) -> Result<Value, TargetError> {
        (&mut self.answer).await.map_err(|_| self.waiting.why())
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        self.waiting.lock().answers.remove(&self.id);
    }
}
