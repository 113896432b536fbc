//! One at a time, for each name: requests about the same call, or with the same key, are carried out one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// Whose turn it is. Cheap to clone; remembers only names that somebody has or waits for.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Arc<Queue<()>>>>>);

/// One's turn, until it is dropped.
pub(super) struct Turn {
    turns: Turns,
    name: String,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for one's turn: for as long as those take who came before.
    pub async fn take(&self, name: String) -> Turn {
        let queue = Arc::clone(self.names().entry(name.clone()).or_default());
        // Made before it waits: who gives up while waiting leaves nothing behind either.
        let mut turn = Turn { turns: self.clone(), name, guard: None };
        turn.guard = Some(queue.lock_owned().await);
        turn
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, Arc<Queue<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.guard = None;
        let mut names = self.turns.names();
        if names.get(&self.name).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            names.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn names_wait_for_themselves_only_and_are_forgotten() {
        let turns = Turns::default();
        let first = turns.take("a".into()).await;
        assert!(turns.take("b".into()).now_or_never().is_some());
        let mut second = Box::pin(turns.take("a".into()));
        assert!(second.as_mut().now_or_never().is_none(), "not its turn");
        let gave_up = turns.take("a".into()).now_or_never();
        assert!(gave_up.is_none());
        drop(first);
        drop(second.await);
        assert!(turns.names().is_empty());
    }
}
